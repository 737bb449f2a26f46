package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

const (
	// maxIdle is the number of connections that are kept for the next searches.
	maxIdle = 4
	// idleTime is how long an unused connection is kept. After that time, the connections of a
	// directory whose settings were replaced are closed too.
	idleTime = time.Minute
	// maxAge is how long a connection is used. A new one shows whether the password of this
	// server is still valid.
	maxAge = 10 * time.Minute
)

// connection is an encrypted connection.
type connection struct {
	*ldap.Conn
	raw    *limited
	opened time.Time
}

// idleConnection is a connection that nobody uses.
type idleConnection struct {
	*connection
	timer *time.Timer // closes it
}

// limited is a connection from which a limited number of bytes is read.
type limited struct {
	net.Conn
	left atomic.Int64
}

func (l *limited) Read(b []byte) (int, error) {
	left := l.left.Load()
	if left <= 0 {
		return 0, errors.New("the response of the LDAP server is too large")
	}
	n, err := l.Conn.Read(b[:min(int64(len(b)), left)])
	l.left.Add(-int64(n))
	return n, err
}

// enter waits until fewer than maxLogins use the server. The caller calls leave at the end.
func (d *directory) enter(ctx context.Context) (_ context.Context, leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*timeLimit)
	select {
	case d.slots <- struct{}{}:
		return ctx, func() { <-d.slots; cancel() }, nil
	case <-ctx.Done():
		cancel()
		return nil, nil, fmt.Errorf("%w: too many people are logging in", upstream.ErrUnavailable)
	}
}

// bindOnce binds as a person. No other operation uses the connection.
func (d *directory) bindOnce(ctx context.Context, name, password string) error {
	ctx, leave, err := d.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	c, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	defer c.closeWith(ctx)()
	if err := c.Bind(name, password); err != nil {
		return bindError(err)
	}
	return nil
}

// serve calls use with a connection on which this server has bound with its own account. If a
// connection that was used before is broken, serve calls use once more with a new one.
func (d *directory) serve(ctx context.Context, use func(*ldap.Conn) error) error {
	ctx, leave, err := d.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if c := d.kept(); c != nil {
		if broken, err := d.useAndKeep(ctx, c, use); !broken {
			return err
		}
	}
	c, err := d.open(ctx)
	if err != nil {
		return err
	}
	_, err = d.useAndKeep(ctx, c, func(conn *ldap.Conn) error {
		if err := conn.Bind(d.BindDN, d.ClientSecret); err != nil {
			return fmt.Errorf("%w: bind_dn %s: %w", upstream.ErrUnavailable, d.BindDN, err)
		}
		return use(conn)
	})
	return err
}

// useAndKeep calls use, and keeps the connection if there was no error. It reports whether the
// connection was broken.
func (d *directory) useAndKeep(ctx context.Context, c *connection, use func(*ldap.Conn) error) (wasBroken bool, err error) {
	stop := c.closeWith(ctx)
	err = use(c.Conn)
	if !stop() || err != nil || time.Since(c.opened) > maxAge {
		wasBroken = broken(c, err) // before it is closed
		c.close()
		return wasBroken, err
	}
	timer := time.AfterFunc(idleTime, func() {
		defer crash.Log(nil)
		c.close()
	})
	select {
	case d.idle <- idleConnection{c, timer}:
	default:
		timer.Stop()
		c.close()
	}
	return false, nil
}

// kept returns a connection that was used before, or nil.
func (d *directory) kept() *connection {
	for {
		select {
		case c := <-d.idle:
			if c.timer.Stop() && !c.IsClosing() {
				c.raw.left.Store(maxResponses)
				return c.connection
			}
			c.close()
		default:
			return nil
		}
	}
}

// broken reports whether the connection failed, and the error is not a response of the server.
// The library returns an error without a code if the connection was closed during a search.
func broken(c *connection, err error) bool {
	var answer *ldap.Error
	return err != nil && (c.IsClosing() || errors.As(err, &answer) && answer.ResultCode == ldap.ErrorNetwork)
}

// open opens a connection.
func (d *directory) open(ctx context.Context) (*connection, error) {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", d.address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", upstream.ErrUnavailable, err)
	}
	c := &connection{raw: &limited{Conn: raw}, opened: time.Now()}
	c.raw.left.Store(maxResponses)
	stop := c.closeWith(ctx)
	c.Conn, err = d.encrypt(ctx, c.raw)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		c.close()
		return nil, fmt.Errorf("%w: %w", upstream.ErrUnavailable, err)
	}
	return c, nil
}

// closeWith closes the connection when ctx ends. The caller calls stop, which reports whether
// ctx has not ended.
func (c *connection) closeWith(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		defer crash.Log(nil)
		_ = c.raw.Close()
	})
}

func (c *connection) close() {
	if c.Conn != nil {
		_ = c.Close()
	}
	_ = c.raw.Close()
}

// encrypt begins TLS, at once or with StartTLS (RFC 4511 §4.14). The certificate is
// verified before anything else is sent.
func (d *directory) encrypt(ctx context.Context, raw net.Conn) (*ldap.Conn, error) {
	if strings.HasPrefix(d.URL, "ldaps:") {
		secured := tls.Client(raw, d.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		c := ldap.NewConn(secured, true)
		c.SetTimeout(timeLimit)
		c.Start()
		return c, nil
	}
	c := ldap.NewConn(raw, false)
	c.SetTimeout(timeLimit)
	c.Start()
	if err := c.StartTLS(d.tls); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}
