package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ngportal/cloudfront"
)

// hosts checks the addresses by which browsers know us. They must be one site, and an origin each.
func (k *checker) hosts(c config) {
	portal := k.origin("portal.url", c.Portal.URL)
	viewer := k.origin("viewer.url", c.Viewer.URL)
	data := k.dataHost(c.Viewer, viewer)
	for _, one := range []struct{ path, origin, hint string }{
		{"viewer.url", viewer, "use sibling names such as portal.example.org and ng.example.org"},
		{"viewer.data_url", data, "use sibling names such as ng.example.org and cfdist.example.org"},
	} {
		if one.origin == "" || portal == "" {
			continue
		}
		if one.origin == portal {
			k.fault(one.path, "give the viewer a host or port of its own", "is the portal's own address; the viewer runs scripts that must not share it")
		}
		if site(one.origin) != site(portal) {
			k.fault(one.path, one.hint, "%s and %s are not the same site, so browsers would not send the cookies", portal, one.origin)
		}
	}
}

// dataHost checks the mode and returns the origin of the data, or "" if it is the viewer's or there is a fault.
func (k *checker) dataHost(c viewerConfig, viewer string) string {
	const path = "viewer.data_url"
	switch c.Mode {
	case modeSingle:
		if c.DataURL != "" {
			k.fault(path, "write mode: sibling, or leave data_url out", "is for mode sibling; in mode single the data lie on the viewer's own host")
		}
		return ""
	case modeSibling:
	default:
		k.fault("viewer.mode", "write single, or sibling for data on a host of its own", "%q is neither", c.Mode)
		return ""
	}
	if !k.need(path, c.DataURL, "the host of the data, for example https://cfdist.example.org; or write mode: single") {
		return ""
	}
	data := k.origin(path, c.DataURL)
	if data == "" || viewer == "" {
		return data
	}
	if data == viewer {
		k.fault(path, "write mode: single and leave data_url out, or give the data a host of its own", "is viewer.url")
		return ""
	}
	if _, err := cookieDomain(viewer, data); err != nil {
		k.refused(path, "use sibling names such as ng.example.org and cfdist.example.org, or mode: single", err)
		return ""
	}
	return data
}

// origin returns the origin that a URL stands for, or "" if there is a fault.
func (k *checker) origin(path, value string) string {
	if !k.need(path, value, "for example https://portal.example.org") {
		return ""
	}
	origin, ok := originOf(value)
	if !ok {
		k.fault(path, "write the scheme, the host and if need be the port, nothing else", "%q is not the address of a host", value)
		return ""
	}
	if err := cloudfront.CheckOrigin(origin); err != nil {
		k.refused(path, "for example https://portal.example.org, or http://localhost:8080 on this computer", err)
		return ""
	}
	return origin
}

// listeners checks where we listen, and what we show there.
func (k *checker) listeners(c config) {
	host, port := k.listen("portal.listen", c.Portal.Listen)
	k.pair("portal.tls", c.Portal.TLS, c.Portal.URL)
	if c.Viewer.EdgeListen == "" {
		const hint = "set edge_listen, or leave this out: CloudFront is the viewer host"
		if c.Viewer.TLS.isSet() {
			k.fault("viewer.tls", hint, "is the certificate of edge_listen, which is not set")
		}
		if c.Viewer.Cache.isSet() {
			k.fault("viewer.cache", hint, "is for what edge_listen serves, which is not set")
		}
		return
	}
	k.pair("viewer.tls", c.Viewer.TLS, c.Viewer.URL, c.Viewer.DataURL)
	edgeHost, edgePort := k.listen("viewer.edge_listen", c.Viewer.EdgeListen)
	if port != 0 && port == edgePort && (host == edgeHost || anywhere(host) || anywhere(edgeHost)) {
		k.fault("viewer.edge_listen", "give the viewer a port of its own", "%q is taken by portal.listen", c.Viewer.EdgeListen)
	}
}

// listen returns the host and the port of an address to listen on; the port is 0 for any, or if there is a fault.
func (k *checker) listen(path, value string) (string, uint64) {
	host, digits, err := net.SplitHostPort(value)
	if err == nil {
		var port uint64
		if port, err = strconv.ParseUint(digits, 10, 16); err == nil {
			if strings.EqualFold(host, "localhost") {
				host = "127.0.0.1"
			}
			return host, port
		}
	}
	k.fault(path, "write host:port, for example 127.0.0.1:8080", "%q is not an address to listen on", value)
	return "", 0
}

// anywhere reports whether to listen on host is to listen on all of this computer's addresses.
func anywhere(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// pair checks a certificate and its key, which must be good for the hosts of urls.
func (k *checker) pair(path string, c pairConfig, urls ...string) {
	if !c.isSet() {
		return
	}
	cert, okCert := k.file(path+".cert_file", c.CertFile, "a PEM file: the certificate, then those between it and the root")
	key, okKey := k.file(path+".key_file", c.KeyFile, "a PEM file with the private key of cert_file, without a passphrase")
	if !okCert || !okKey {
		return
	}
	if _, err := parsePair(cert, key, hostsOf(urls...), time.Now()); err != nil {
		k.fault(path+".cert_file", "give a certificate that names the configured host, and the key it was made with", "%s: %v", c.CertFile, err)
	}
}

// hostsOf returns the names that a certificate for urls must hold.
func hostsOf(urls ...string) []string {
	var names []string
	for _, u := range urls {
		if origin, ok := originOf(u); ok {
			names = append(names, hostName(origin))
		}
	}
	return slices.Compact(names)
}

// reading checks how the edge reads data, and what it keeps of them.
func (k *checker) reading(c viewerConfig) {
	if c.DenyStatus != 503 && c.DenyStatus != 403 {
		k.fault("viewer.deny_status", "write 503, or 403 to be as CloudFront is", "%d is neither", c.DenyStatus)
	}
	const most = 100_000
	if c.MaxReads < 1 || c.MaxReads > most {
		k.fault("viewer.max_reads", "how many objects may be on their way at once, such as 256", "%d is not between 1 and %d", c.MaxReads, most)
	} else if c.MaxEach < 1 || c.MaxEach > c.MaxReads {
		k.fault("viewer.max_reads_per_person", "how many of them may be for one person, such as 64", "%d is not between 1 and max_reads, %d", c.MaxEach, c.MaxReads)
	}
	if c.Cache.isSet() {
		k.cache(c.Cache)
	}
}

func (k *checker) cache(c cacheConfig) {
	const path = "viewer.cache"
	k.size(path+".memory", c.Memory)
	k.duration(path+".fresh", c.Fresh, 0, 24*time.Hour)
	switch {
	case c.Dir == "" && c.Disk == "":
	case c.Dir == "":
		k.fault(path+".disk", "name the folder with dir, or leave disk out", "is given without dir")
	case !filepath.IsAbs(c.Dir):
		k.fault(path+".dir", "for example /var/cache/ngportal", "%q is not the absolute path of a folder", c.Dir)
	default:
		_, err := os.Stat(filepath.Dir(filepath.Clean(c.Dir)) + "/") // the folder will be made, that around it will not
		k.refused(path+".dir", "make the folder", err)
		k.size(path+".disk", c.Disk)
	}
}

// tracts checks where what is made of tractograms is kept.
func (k *checker) tracts(c tractsConfig) {
	const path = "tracts"
	switch {
	case c.Dir == "":
	case !filepath.IsAbs(c.Dir):
		k.fault(path+".dir", "for example /var/cache/ngportal", "%q is not the absolute path of a folder", c.Dir)
	default:
		_, err := os.Stat(filepath.Dir(filepath.Clean(c.Dir)) + "/") // the folder will be made, that around it will not
		k.refused(path+".dir", "make the folder", err)
	}
	k.size(path+".size", c.Size)
}

// size checks how much may be kept. Less than a few chunks would be of no use.
func (k *checker) size(path, value string) {
	const least, hint = 1 << 20, "write a size such as 256MB or 20GB"
	if !k.need(path, value, hint) {
		return
	}
	n, err := parseSize(value)
	if err == nil && n < least {
		err = fmt.Errorf("%q is less than 1 MiB", value)
	}
	k.refused(path, hint, err)
}
