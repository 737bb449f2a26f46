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
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options of a Client; the zero value allows public addresses by https alone.
type Options struct {
	// InsecureNetworks may be asked though they are not public, by http too:
	// for development.
	InsecureNetworks []netip.Prefix
	// Authorities are trusted in place of the system's; nil means those.
	Authorities *x509.CertPool
	// Resolver looks names up; nil means the system's.
	Resolver *net.Resolver
	// Timeout is for one whole request; 0 means 5 s.
	Timeout time.Duration
}

// Client asks others. Its errors are for logs: they tell what can be reached
// from here. It follows no redirect, knows no proxy and keeps no
// cookie.
type Client struct {
	http  *http.Client
	slots chan struct{}
	hosts hosts
	o     Options
}

// maxRequests is how many requests run at the same time, and maxPerHost how
// many of them to one host, so that a slow one holds up no other: strangers can
// have an application asked for its requests and keys. Others wait.
const (
	maxRequests = 64
	maxPerHost  = 8
)

// New makes a Client.
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
			DisableCompression:     true, // a small answer stays small
			MaxResponseHeaderBytes: 32 << 10, MaxConnsPerHost: 8, MaxIdleConns: 16, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
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

// do sends one request. Its errors name the host alone: a URL may be a secret.
func (c *Client) do(ctx context.Context, method, address, body string, most int64) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf("%w: not an https URL", ErrRefused)
	}
	if u.Scheme == "http" && len(c.o.InsecureNetworks) == 0 {
		return nil, fmt.Errorf("%w: not https", ErrRefused)
	}
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	leave, err := c.hosts.enter(ctx, strings.ToLower(u.Host))
	if err != nil {
		return nil, fmt.Errorf("%s is not asked, it is asked too often: %w", u.Host, err)
	}
	defer leave()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%s is not asked, too many others are: %w", u.Host, ctx.Err())
	}
	r, err := http.NewRequestWithContext(context.WithValue(ctx, schemeKey{}, u.Scheme), method, address, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: not an https URL", ErrRefused) // the cause quotes it
	}
	r.Header.Set("User-Agent", "Latchkey")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := c.http.Do(r)
	if err != nil {
		if quoting := (*url.Error)(nil); errors.As(err, &quoting) {
			err = quoting.Err
		}
		return nil, fmt.Errorf("%s: %w", u.Host, err)
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
	if err != nil {
		return nil, err
	}
	return document.Bytes(), nil
}

// hosts counts who is at each host, or waits for it.
type hosts struct {
	mu   sync.Mutex
	busy map[string]*host
}

type host struct {
	slots chan struct{}
	users int
}

// enter waits for a place at the host.
func (h *hosts) enter(ctx context.Context, name string) (leave func(), err error) {
	h.mu.Lock()
	at := h.busy[name]
	if at == nil {
		if h.busy == nil {
			h.busy = make(map[string]*host)
		}
		at = &host{slots: make(chan struct{}, maxPerHost)}
		h.busy[name] = at
	}
	at.users++
	h.mu.Unlock()
	forget := func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if at.users--; at.users == 0 {
			delete(h.busy, name)
		}
	}
	select {
	case at.slots <- struct{}{}:
		return func() { <-at.slots; forget() }, nil
	case <-ctx.Done():
		forget()
		return nil, ctx.Err()
	}
}

type schemeKey struct{}

// control sees the address that is dialled, so that no name can lead
// elsewhere between the check and the connection.
func (c *Client) control(ctx context.Context, _, address string, _ syscall.RawConn) error {
	dialled, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	addr := dialled.Addr()
	if among(c.o.InsecureNetworks, addr) {
		return nil
	}
	if scheme, _ := ctx.Value(schemeKey{}).(string); scheme != "https" {
		return fmt.Errorf("%w: http is for the networks of --insecure-outbound alone", ErrRefused)
	}
	if !public(addr) {
		return fmt.Errorf("%w: %s is not a public address", ErrRefused, addr)
	}
	return nil
}
