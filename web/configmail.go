package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"ngportal/mail"
)

// A mailConfig says how notices are sent. Without smtp none are.
type mailConfig struct {
	SMTP         string `yaml:"smtp"`
	From         string `yaml:"from"`
	Username     string `yaml:"username,omitempty"`
	Password     string `yaml:"password,omitempty"`
	PasswordFile string `yaml:"password_file,omitempty"`
	TLS          string `yaml:"tls"`
}

func (c mailConfig) isSet() bool { return c != mailConfig{} }

// sending returns c as the mailer takes it, with the password out of its file.
func (c mailConfig) sending() (mail.Config, error) {
	password := c.Password
	if c.PasswordFile != "" {
		text, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			return mail.Config{}, fmt.Errorf("mail: %w", err)
		}
		password = strings.TrimSpace(string(text))
	}
	return mail.Config{SMTP: c.SMTP, From: c.From, Username: c.Username, Password: mail.NewPassword(password), TLS: c.TLS}, nil
}

// An auditConfig says how long it is remembered who did what.
type auditConfig struct {
	Keep time.Duration `yaml:"keep"` // 0: for ever
}

func (k *checker) mail(c mailConfig) {
	if !c.isSet() {
		return
	}
	if c.Password != "" && c.PasswordFile != "" {
		k.fault("mail.password_file", "keep one of them", "there is a password as well")
	}
	if c.PasswordFile != "" {
		if _, ok := k.file("mail.password_file", c.PasswordFile, "the file with the password of mail.username"); !ok {
			c.PasswordFile, c.Password = "", "unknown"
		}
	}
	sending, err := c.sending()
	k.refused("mail.password_file", "", err)
	for _, f := range sending.Faults() {
		k.fault("mail."+f.Key, f.Hint, "%s", f.Text)
	}
}

func (k *checker) audit(c auditConfig) {
	if c.Keep != 0 {
		k.duration("audit.keep", c.Keep, 24*time.Hour, 100*365*24*time.Hour)
	}
}

func (k *checker) proxies(words []string) {
	for i, word := range words {
		_, err := parseProxies([]string{word})
		k.refused(fmt.Sprintf("portal.trusted_proxies.%d", i), "the proxies in front of the portal, which write X-Forwarded-For", err)
	}
}
