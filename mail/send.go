package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// ErrRefused is wrapped when a message will never be delivered, however often it is tried.
var ErrRefused = errors.New("refused for good")

const (
	defaultTimeout = 30 * time.Second
	maxReplies     = 256 << 10 // bytes from the server in one conversation; certificates are most of it
	maxReason      = 300       // characters of an error that has a server's words in it
)

// A Sender has conversations with one mail server. It is safe for concurrent use.
type Sender struct {
	host, address string
	from          *mail.Address
	username      string
	password      Password
	tls           string
	tlsConfig     *tls.Config
	timeout       time.Duration
}

// NewSender returns a sender. It does not connect yet. The error has every one of [Config.Faults].
func NewSender(c Config) (*Sender, error) {
	var faults []error
	for _, f := range c.Faults() {
		faults = append(faults, fmt.Errorf("mail.%s: %s", f.Key, f.Text))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	host, _, err := splitServer(c.SMTP)
	if err != nil {
		return nil, err
	}
	from, err := parseFrom(c.From)
	if err != nil {
		return nil, err
	}
	return &Sender{
		host: host, address: c.SMTP, from: from, username: c.Username, password: c.Password,
		tls:       cmp.Or(c.TLS, StartTLS),
		tlsConfig: &tls.Config{ServerName: host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12},
		timeout:   cmp.Or(c.Timeout, defaultTimeout),
	}, nil
}

// Send hands q to the mail server, in one conversation that takes no longer than the time limit.
//
// The error wraps [ErrRefused] if the server refused this message or recipient for good, or the message cannot
// be a mail; [context.DeadlineExceeded] if the time was over; [context.Canceled] if ctx was. Any other error,
// and these two, are worth a retry: the server could not be reached, is busy, cannot be trusted, or did not
// accept the user name, which is the operator's to mend and not the message's fault. After an error, the
// message may still have been delivered, if the server's answer was lost. No error has the password in it.
func (s *Sender) Send(ctx context.Context, q Queued) error {
	m, err := compose(s.from, q)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrRefused, line(err.Error(), maxReason))
	}
	limit, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	err = s.converse(limit, m)
	switch {
	case m.IsDelivered(): // what comes after it does not matter
		return nil
	case err == nil:
		return fmt.Errorf("%s: the conversation ended without a word about the message", s.address)
	case ctx.Err() == nil && limit.Err() != nil:
		return fmt.Errorf("%s: not done within %s: %w", s.address, s.timeout, limit.Err())
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", s.address, ctx.Err())
	case refused(err):
		return fmt.Errorf("%s: %w: %s", s.address, ErrRefused, line(err.Error(), maxReason))
	}
	return fmt.Errorf("%s: %s", s.address, line(err.Error(), maxReason))
}

// converse dials, greets, logs in, sends m, and says good-bye. The connection is ours and not the library's,
// which has a time limit for each part but none for the whole, and forgets to close after a failed greeting.
func (s *Sender) converse(ctx context.Context, m *gomail.Msg) error {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return err
	}
	defer raw.Close()
	defer context.AfterFunc(ctx, func() { raw.Close() })()
	conn := net.Conn(&bounded{Conn: raw, left: maxReplies})
	if s.tls == ImplicitTLS {
		secure := tls.Client(conn, s.tlsConfig)
		if err = secure.HandshakeContext(ctx); err != nil {
			return err
		}
		conn = secure
	}
	client, err := gomail.NewClient(s.host, s.options(conn)...)
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return withoutEcho(err)
	}
	if err := client.Send(m); err != nil {
		return err // without a good-bye, which would end a half-written message as if it were whole
	}
	return client.Close()
}

func (s *Sender) options(conn net.Conn) []gomail.Option {
	policy := gomail.NoTLS
	if s.tls == StartTLS {
		policy = gomail.TLSMandatory
	}
	options := []gomail.Option{
		gomail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return conn, nil }),
		gomail.WithTimeout(2 * s.timeout), // of a part: never before ours for the whole
		gomail.WithTLSPolicy(policy),
		gomail.WithTLSConfig(s.tlsConfig),
		gomail.WithHELO(domain(s.from.Address)), // the name of this computer is nobody's business
		gomail.WithoutSMTPUTF8(),                // all we say is ASCII, and the next server may not know it
		gomail.WithoutNoop(),
	}
	if s.username != "" {
		options = append(options,
			gomail.WithUsername(s.username), gomail.WithPassword(s.password.reveal()),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return options
}

// refused reports whether the server's answer says that this message will never be taken. A refusal of the
// sender, or of us (530: log in first), is about the configuration, which may be mended by the next attempt.
func refused(err error) bool {
	final := []gomail.SendErrReason{gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose}
	fault, ok := errors.AsType[*gomail.SendError](err)
	return ok && fault.ErrorCode()/100 == 5 && fault.ErrorCode() != 530 && slices.Contains(final, fault.Reason)
}

// withoutEcho leaves the server's words out of a failed login: there are servers that repeat what they were told.
func withoutEcho(err error) error {
	if !strings.HasPrefix(err.Error(), "SMTP AUTH failed") {
		return err
	}
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Errorf("user name and password were not accepted (code %d)", reply.Code)
	}
	return errors.New("the login broke off")
}

// A bounded connection ends an endless reply before it fills the memory.
type bounded struct {
	net.Conn
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errors.New("the server talks too much")
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
