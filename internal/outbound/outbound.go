// Package outbound makes the HTTP requests that the server sends to clients:
// for their keys and documents, and to notify them of a logout. The URLs come
// from clients, so requests go to public addresses only, to prevent server-side
// request forgery (SSRF). The check applies to the address that is dialed,
// after every name has been resolved.
package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Options configures a Client. With the zero value, it sends requests only to public
// addresses, and only with https.
type Options struct {
	// InsecureNetworks are additional networks to which requests may be sent, even
	// with http. They are meant for development.
	InsecureNetworks []netip.Prefix
	// Authorities are the trusted certificate authorities; nil means those of the
	// system.
	Authorities *x509.CertPool
	// Resolver resolves host names; nil means the default resolver.
	Resolver *net.Resolver
	// Timeout limits a request, including its body; 0 means 5 seconds.
	Timeout time.Duration
}

// Client sends requests. Only GetFollowing follows redirects. It does not use a proxy
// or store cookies.
// Its errors must only be logged and not shown to clients, because they reveal which
// addresses the server can reach.
type Client struct {
	http  *http.Client
	slots chan struct{}
	hosts hosts
	o     Options
}

// Limits on concurrent requests. Further requests wait. The limit per host ensures
// that a slow host does not delay requests to others: anyone can make the server
// fetch the keys and request objects of an application.
const (
	maxRequests = 64
	maxPerHost  = 8
)

// New returns a Client with the given options.
func New(o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	c := &Client{o: o, slots: make(chan struct{}, maxRequests)}
	dialer := &net.Dialer{Timeout: o.Timeout, Resolver: o.Resolver, ControlContext: c.control}
	c.http = &http.Client{
		Timeout:       o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: o.Timeout, ResponseHeaderTimeout: o.Timeout,
			TLSClientConfig: &tls.Config{RootCAs: o.Authorities, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			DisableCompression:     true, // so that the size limit applies to what is stored
			MaxResponseHeaderBytes: 32 << 10, MaxConnsPerHost: 8, MaxIdleConns: 16, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
		},
	}
	return c
}

// ErrForbidden is wrapped by the error for an address to which requests must not be sent.
var ErrForbidden = errors.New("requests to this address are not allowed")

// Get fetches a document. It returns an error if the document is longer than
// maxBytes.
func (c *Client) Get(ctx context.Context, address string, maxBytes int64) ([]byte, error) {
	received, err := c.do(ctx, http.MethodGet, address, nil, "", maxBytes)
	return received.body, err
}

// Post sends a form. It returns an error unless the status of the response is 2xx.
// The body of the response is ignored.
func (c *Client) Post(ctx context.Context, address string, form url.Values) error {
	_, err := c.do(ctx, http.MethodPost, address, nil, form.Encode(), 0)
	return err
}

// Send sends a body with header fields, and returns the status and the header of the
// response, whatever the status is. Redirects are not followed. The body of the response
// is ignored.
func (c *Client) Send(ctx context.Context, address string, header http.Header, body string) (status int, response http.Header, err error) {
	received, err := c.do(ctx, http.MethodPost, address, header, body, 0)
	if received.status != 0 {
		return received.status, received.header, nil
	}
	return 0, nil, err
}

// Check returns the error of every request to the address that is known without
// sending one.
func (c *Client) Check(address string) error {
	u, err := c.parse(address)
	if err != nil {
		return err
	}
	host := u.Hostname()
	if strings.EqualFold(host, "localhost") {
		host = "127.0.0.1"
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return c.allows(u.Scheme, addr)
	}
	return nil
}

// parse returns the URL of a request.
func (c *Client) parse(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf("%w: not an https URL", ErrForbidden)
	}
	if u.Scheme == "http" && len(c.o.InsecureNetworks) == 0 {
		return nil, fmt.Errorf("%w: not https; http is allowed only for networks that are listed in %s", ErrForbidden, networksSetting)
	}
	return u, nil
}

// received is a response that was read completely.
type received struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request. conditions are further header fields, such as those of a
// conditional request, or nil; a GET without them has no response with the status 304. The errors contain only
// the host, because a URL may contain secrets.
func (c *Client) do(ctx context.Context, method, address string, conditions http.Header, body string, maxBytes int64) (received, error) {
	u, err := c.parse(address)
	if err != nil {
		return received{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	release, err := c.enter(ctx, u.Host)
	if err != nil {
		return received{}, err
	}
	defer release()
	r, err := http.NewRequestWithContext(context.WithValue(ctx, schemeKey{}, u.Scheme), method, address, strings.NewReader(body))
	if err != nil {
		return received{}, fmt.Errorf("%w: not an https URL", ErrForbidden) // err contains the URL
	}
	maps.Copy(r.Header, conditions)
	r.Header.Set("User-Agent", "Latchkey")
	if method == http.MethodPost && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := c.http.Do(r)
	if err != nil {
		return received{}, unanswered(u.Host, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusNotModified && len(conditions) > 0 && method == http.MethodGet {
		return received{status: response.StatusCode, header: response.Header}, nil
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		err := fmt.Errorf("%s returns status %d", u.Host, response.StatusCode)
		to, _ := response.Location()
		switch status := response.StatusCode; {
		case status < http.StatusBadRequest && to != nil:
			err = &redirectError{error: err, to: to.String()}
		case status >= http.StatusInternalServerError, status == http.StatusTooManyRequests:
			err = passing{err}
		case method == http.MethodGet && (status == http.StatusNotFound || status == http.StatusGone):
			err = fmt.Errorf("%w: %w", oauth.ErrGone, err)
		}
		return received{status: response.StatusCode, header: response.Header}, err
	}
	if maxBytes == 0 {
		return received{status: response.StatusCode, header: response.Header}, nil
	}
	var document bytes.Buffer
	n, err := io.Copy(&document, io.LimitReader(response.Body, maxBytes+1))
	switch {
	case err != nil:
		return received{}, passing{fmt.Errorf("%s: %w", u.Host, err)}
	case n > maxBytes:
		return received{}, fmt.Errorf("the response of %s is longer than %d bytes", u.Host, maxBytes)
	}
	return received{response.StatusCode, response.Header, document.Bytes()}, nil
}

// enter waits until a request to the host may be sent. The caller must call release after
// the request.
func (c *Client) enter(ctx context.Context, host string) (release func(), err error) {
	leave, err := c.hosts.acquire(ctx, strings.ToLower(host))
	if err != nil {
		return nil, passing{fmt.Errorf("%s: too many concurrent requests to this host: %w", host, err)}
	}
	if err := take(ctx, c.slots); err != nil {
		leave()
		return nil, passing{fmt.Errorf("%s: too many concurrent requests: %w", host, err)}
	}
	return func() { <-c.slots; leave() }, nil
}

// unanswered returns the error of a request that has no response.
func unanswered(host string, err error) error {
	if withURL := (*url.Error)(nil); errors.As(err, &withURL) {
		err = withURL.Err
	}
	if mayPass(err) {
		err = passing{err}
	}
	return fmt.Errorf("%s: %w", host, err)
}

// passing is an oauth.ErrUnavailable whose text is only its cause, such as "connection
// refused": this server and its database are available.
type passing struct{ error }

func (p passing) Unwrap() []error { return []error{oauth.ErrUnavailable, p.error} }

// mayPass reports whether a request that failed without a response may succeed
// later. A forbidden address, a name that does not exist and an invalid certificate
// are mistakes of the application.
func mayPass(err error) bool {
	if errors.Is(err, ErrForbidden) {
		return false
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		return !name.IsNotFound
	}
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	return !certificate
}

type schemeKey struct{}

// control checks the address of a connection just before it is made. A name can
// therefore not resolve to another address between the check and the connection.
func (c *Client) control(ctx context.Context, _, address string, _ syscall.RawConn) error {
	addrPort, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForbidden, err)
	}
	scheme, _ := ctx.Value(schemeKey{}).(string)
	return c.allows(scheme, addrPort.Addr())
}

// networksSetting names Options.InsecureNetworks as an operator or a developer sets it.
const networksSetting = "Options.InsecureOutboundNetworks of a Go program, or in the setting insecure_outbound (LATCHKEY_INSECURE_OUTBOUND) of the server"

// allows returns an error if requests must not be sent to the address.
func (c *Client) allows(scheme string, addr netip.Addr) error {
	if contains(c.o.InsecureNetworks, addr) {
		return nil
	}
	if scheme != "https" {
		return fmt.Errorf("%w: not https; http is allowed only for networks that are listed in %s", ErrForbidden, networksSetting)
	}
	if !isPublic(addr) {
		return fmt.Errorf("%w: %s is not a public address", ErrForbidden, addr)
	}
	return nil
}
