// Package latchkey is an OAuth 2 authorization server that a Go program mounts
// as one http.Handler.
//
//	db, err := sqlite.Open(ctx, "latchkey.db", sqlite.Options{})
//	server, err := latchkey.New(latchkey.Options{
//		Issuer:    "https://id.example.com/o",
//		Store:     db,
//		MasterKey: key, // 32 random bytes, the same at every start
//	})
//	mux.Handle("/", server)               // log-in, consent, tokens, metadata
//	mux.Handle("/admin/", server.Admin()) // the back office
//	mux.Handle("/api/", server.Require("read")(api))
//	go server.Run(ctx)                    // notifies applications of logouts
//
// Package provider implements the protocol, package oauth defines its types,
// package account manages users, and package resource guards an API that runs
// in another program.
package latchkey

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// Store keeps everything; sqlstore/sqlite and memstore implement it.
type Store interface {
	oauth.Store
	oauth.AdminStore
	account.Store
}

// Options are what a Server is made of. Issuer, Store and MasterKey must be
// given; the zero values of all others are safe defaults.
type Options struct {
	// Issuer is the issuer identifier (RFC 8414 §2), e.g.
	// "https://id.example.com/o". Its path is where the protocol's URLs are.
	Issuer string
	Store  Store
	// MasterKey, at least 32 random bytes, see provider.Config.
	MasterKey []byte

	// Scopes, DefaultScopes, Audience and the lifetimes: see provider.Config.
	Scopes              []oauth.ScopeInfo
	DefaultScopes       oauth.Scopes
	Audience            string
	CodeTTL             time.Duration
	AccessTokenTTL      time.Duration
	RefreshTokenIdleTTL time.Duration
	RefreshTokenTTL     time.Duration
	ReplayWindow        time.Duration
	// IDTokenTTL and KeyRotation: see provider.Config.
	IDTokenTTL  time.Duration
	KeyRotation time.Duration
	// Claims tells what is known of a person (OpenID Connect Core §5); nil
	// means what their account says. A host with people of its own sets it.
	Claims oauth.ClaimsSource
	// InsecureOutboundNetworks may be asked by the server though they are not
	// public, by http too, at the URLs that applications named: for
	// development. OutboundAuthorities are trusted there in place of the
	// system's; nil means the system's.
	InsecureOutboundNetworks []netip.Prefix
	OutboundAuthorities      *x509.CertPool
	// SessionIdleTTL ends a log-in that is not used; 0 means 12 h.
	SessionIdleTTL time.Duration

	// SignUp lets people make accounts by themselves.
	SignUp bool
	// SendMail sends a mail in plain text to one person; nil means that none
	// can be sent, and that nobody can reset a password. It may take its time.
	SendMail func(ctx context.Context, to, subject, text string) error
	// InsecureCatchMails shows mails on a page to whoever asks, and sends none:
	// for demos.
	InsecureCatchMails bool

	// Templates holds the host's own pages; a file of the same name as ours
	// wins, e.g. "web/login.html", "layout.html".
	Templates fs.FS
	// Brand is the name in the header of all pages; empty means "Latchkey".
	Brand string
	// TrustedProxies may say in X-Forwarded-For where a request came from.
	TrustedProxies []netip.Prefix
	// InsecureAllowAnyOrigin lets scripts of any origin read the answers of
	// the token endpoint, whatever the application's own list says.
	InsecureAllowAnyOrigin bool
	// ConsumerURL, if set, is a running consumer to offer in the back office.
	ConsumerURL string

	// Who, if set, makes the host's own log-in count in place of Latchkey's:
	// it tells who is logged in and their name. LoginURL then gives the page
	// to send people to, which must lead back to next, a path, afterwards.
	// The back office needs Latchkey's own log-in.
	Who      func(*http.Request) (who oauth.Authentication, name string, ok bool)
	LoginURL func(next string) string

	// OnEvent is told what happens (a token was issued, somebody failed to log
	// in, a refresh token was reused), and OnRequest every request that was
	// answered: for metrics, logs and traces. Both are called by many
	// goroutines at once and must not take long; nil costs nothing.
	OnEvent   func(context.Context, oauth.Event)
	OnRequest func(context.Context, Request)

	Logger *slog.Logger     // nil logs nothing
	Clock  func() time.Time // nil means time.Now
}

// Server is the whole provider.
type Server struct {
	oauth     *provider.Provider
	accounts  *account.Accounts
	web       *web.Handler
	public    http.Handler // web, watched
	admin     http.Handler
	onRequest func(context.Context, Request)
	clock     func() time.Time
}

// New makes a Server, reporting every fault of the options at once.
func New(o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Store == nil {
		return nil, errors.New("latchkey: Store is missing")
	}
	if (o.Who == nil) != (o.LoginURL == nil) {
		return nil, errors.New("latchkey: Who and LoginURL must be given together")
	}
	if o.Claims == nil {
		o.Claims = accountClaims(o.Store)
	}
	protocol, err := provider.New(provider.Config{
		Issuer: o.Issuer, Store: o.Store, MasterKey: o.MasterKey,
		Scopes: o.Scopes, DefaultScopes: o.DefaultScopes, Audience: o.Audience,
		CodeTTL: o.CodeTTL, AccessTokenTTL: o.AccessTokenTTL,
		RefreshTokenIdleTTL: o.RefreshTokenIdleTTL, RefreshTokenTTL: o.RefreshTokenTTL,
		ReplayWindow: o.ReplayWindow, IDTokenTTL: o.IDTokenTTL, KeyRotation: o.KeyRotation,
		Outbound: outbound.New(outbound.Options{InsecureNetworks: o.InsecureOutboundNetworks, Authorities: o.OutboundAuthorities}),
		Claims:   o.Claims, ACRValues: acrValues(o), EndSession: o.Who == nil, Sessions: o.Who == nil, SignUp: o.SignUp && o.Who == nil, OnEvent: o.OnEvent, Logger: o.Logger, Clock: o.Clock,
	})
	if err != nil {
		return nil, err
	}
	s := &Server{oauth: protocol, onRequest: o.OnRequest, clock: o.Clock, accounts: account.New(account.Config{
		Store: o.Store, Key: protocol.Key("device marks"), SessionIdle: o.SessionIdleTTL, Logger: o.Logger, Clock: o.Clock,
	})}
	return s, s.mount(o)
}

// mount makes the faces.
func (s *Server) mount(o Options) error {
	issuer, err := url.Parse(o.Issuer)
	if err != nil {
		return err
	}
	base := issuer.EscapedPath()
	shared, err := ui.New(ui.Options{Templates: o.Templates, Brand: o.Brand, AssetPrefix: base + "/static/"})
	if err != nil {
		return err
	}
	failures := new(web.Failures)
	links := []ui.Link{{Text: "Open the back office", URL: "/admin/"}}
	if o.ConsumerURL != "" {
		links = append(links, ui.Link{Text: "Open the consumer", URL: o.ConsumerURL})
	}
	s.web, err = web.New(web.Options{
		OAuth: s.oauth, Accounts: s.accounts, UI: shared, Failures: failures,
		TrustedProxies: o.TrustedProxies, InsecureAllowAnyOrigin: o.InsecureAllowAnyOrigin,
		Consents: o.Store, SignUp: o.SignUp, Mail: mailer(o.SendMail), CatchMails: o.InsecureCatchMails,
		HomeLinks: links, CurrentUser: o.Who, LoginURL: o.LoginURL, OnEvent: o.OnEvent, Clock: o.Clock, Logger: o.Logger,
	})
	if err != nil {
		return err
	}
	s.public = s.watched(s.web, "/")
	consumerCallback := ""
	if o.ConsumerURL != "" {
		consumerCallback = o.ConsumerURL + "/consumer/exchange/"
	}
	office, err := admin.New(admin.Options{
		Prefix: "/admin/", UI: shared, Store: o.Store, Accounts: s.accounts, Session: s.web.Session,
		LoginURL:  func(next string) string { return base + "/login/?next=" + url.QueryEscape(next) },
		LogoutURL: base + "/logout/",
		Scopes:    s.oauth.Scopes, Issuer: o.Issuer,
		ConsumerURL: o.ConsumerURL, ConsumerCallback: consumerCallback,
		Failures: failureLog{failures}, Keys: s.oauth, Secrets: s.oauth.SecretKeeper(), Outbound: s.oauth.Outbound, Logins: s.oauth, Clock: o.Clock, Logger: o.Logger,
	})
	if err != nil {
		return err
	}
	s.admin = s.watched(office, "/admin/")
	return nil
}

// mailer hands the parts of a mail to the host.
func mailer(send func(ctx context.Context, to, subject, text string) error) func(context.Context, web.Mail) error {
	if send == nil {
		return nil
	}
	return func(ctx context.Context, m web.Mail) error { return send(ctx, m.To, m.Subject, m.Text) }
}

// failureLog shows the refused requests to the back office.
type failureLog struct{ *web.Failures }

func (l failureLog) Find(id string) (admin.Failure, bool) {
	f, ok := l.Failures.Find(id)
	return admin.Failure(f), ok
}

func (l failureLog) Recent(clientID string, n int) []admin.Failure {
	var list []admin.Failure
	for _, f := range l.Failures.Recent(clientID, n) {
		list = append(list, admin.Failure(f))
	}
	return list
}

// ServeHTTP serves every public URL: those under the issuer's path, the
// metadata under /.well-known/, and the page at "/". Mount it so that it sees
// the whole path, never behind http.StripPrefix.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.public.ServeHTTP(w, r) }

// Run does what is to be done in the background, until the context ends:
// making the signing keys that a new Store does not have yet, and telling
// applications of log-outs. Every process may run it:
//
//	go server.Run(ctx)
func (s *Server) Run(ctx context.Context) { s.oauth.Run(ctx) }

// EndSessions tells that login sessions of the host have ended, by the
// SessionID that Who gave: what was granted for as long as they last ends too,
// and applications that want to know are told.
func (s *Server) EndSessions(ctx context.Context, ids ...string) error {
	return s.oauth.EndSessions(ctx, ids...)
}

// Admin is the back office; mount it at "/admin/".
func (s *Server) Admin() http.Handler { return s.admin }
