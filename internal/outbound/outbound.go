// Package outbound is the one way in which the server asks others: for a
// client's keys and documents, and to tell it of a log-out. What it asks for
// was named by somebody else, so it goes to public addresses alone (OWASP
// calls the attack SSRF): checked on the address that is dialled, after every
// name was resolved.
package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Options of a Client; the zero value allows public addresses by https alone.
type Options struct {
	// InsecureNetworks may be asked though they are not public, by http too:
	// for development.
	InsecureNetworks []netip.Prefix
	// Authorities are trusted besides those of the system; may be nil.
	Authorities *x509.CertPool
	// Timeout is for one whole request; 0 means 5 s.
	Timeout time.Duration
}

// Client asks others. It follows no redirect, knows no proxy and keeps no
// cookie.
type Client struct {
	http *http.Client
	o    Options
}

// New makes a Client.
func New(o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	c := &Client{o: o}
	dialer := &net.Dialer{Timeout: o.Timeout, ControlContext: c.control}
	c.http = &http.Client{
		Timeout:       o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: o.Timeout, ResponseHeaderTimeout: o.Timeout,
			TLSClientConfig: &tls.Config{RootCAs: o.Authorities, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			MaxResponseHeaderBytes: 32 << 10, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
		},
	}
	return c
}

// ErrRefused says that the address is one that must not be asked.
var ErrRefused = errors.New("this address may not be asked")

// Get fetches a document of at most that many bytes.
func (c *Client) Get(ctx context.Context, address string, most int64) ([]byte, error) {
	return c.do(ctx, http.MethodGet, address, "", most)
}

// Post sends a form and wants a 2xx answer, whose body is not looked at.
func (c *Client) Post(ctx context.Context, address string, form url.Values) error {
	_, err := c.do(ctx, http.MethodPost, address, form.Encode(), 0)
	return err
}

func (c *Client) do(ctx context.Context, method, address, body string, most int64) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf("%w: not an https URL", ErrRefused)
	}
	if u.Scheme == "http" && len(c.o.InsecureNetworks) == 0 {
		return nil, fmt.Errorf("%w: not https", ErrRefused)
	}
	r, err := http.NewRequestWithContext(context.WithValue(ctx, schemeKey{}, u.Scheme), method, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "Latchkey")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, fmt.Errorf("%s answers %d", u.Host, response.StatusCode)
	}
	if most == 0 {
		return nil, nil
	}
	var document bytes.Buffer
	n, err := io.Copy(&document, io.LimitReader(response.Body, most+1))
	if err == nil && n > most {
		err = fmt.Errorf("%s answers with more than %d bytes", u.Host, most)
	}
	return document.Bytes(), err
}

type schemeKey struct{}

// control sees the address that is dialled, so that no name can lead
// elsewhere between the check and the connection.
func (c *Client) control(ctx context.Context, _, address string, _ syscall.RawConn) error {
	dialled, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	addr := dialled.Addr().WithZone("").Unmap()
	for _, network := range c.o.InsecureNetworks {
		if network.Contains(addr) {
			return nil
		}
	}
	if scheme, _ := ctx.Value(schemeKey{}).(string); scheme != "https" {
		return fmt.Errorf("%w: http is for the networks of --insecure-outbound alone", ErrRefused)
	}
	if !public(addr) {
		return fmt.Errorf("%w: %s is not a public address", ErrRefused, addr)
	}
	return nil
}

// public reports whether the address belongs to the public internet.
func public(addr netip.Addr) bool {
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	for _, network := range special {
		if network.Contains(addr) {
			return false
		}
	}
	return true
}

// special are networks with a meaning of their own (RFC 6890 and its
// registries), those among them that lead to IPv4 addresses too.
var special = func() (list []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48",
		"3fff::/20", "5f00::/16", "fc00::/7", "fec0::/10",
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}()
