// Package latchkey is an OAuth 2 authorization server and OpenID provider that a
// Go program mounts as one http.Handler.
//
//	db, err := sqlite.Open(ctx, "latchkey.db", sqlite.Options{})
//	server, err := latchkey.New(ctx, latchkey.Options{
//		Issuer:    "https://id.example.com/o",
//		Store:     db,
//		MasterKey: key, // 32 random bytes, the same at every start
//	})
//	mux.Handle("/", server)               // login, consent, tokens, metadata
//	mux.Handle("/admin/", server.Admin()) // the back office
//	mux.Handle("/api/", server.Require("read")(api))
//	group.Go(func() error { return server.Run(ctx) }) // background work
//
// Package provider implements the protocol, package oauth defines its types, and
// package account manages people. Package resource guards an API in another
// program.
package latchkey

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/counts"
	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/internal/webhook"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// Store stores everything. Package memstore and the packages below sqlstore
// implement it.
type Store interface {
	oauth.Store
	oauth.AdminStore
	account.Store
	account.MailStore
	oauth.WebhookStore
	audit.Store
}

// Server is an authorization server with its pages and its back office. Create one with
// New. Its methods are safe for concurrent use. An error that wraps oauth.ErrUnavailable
// means that the Store is unavailable at the moment; it is then not known whether a change
// was made.
type Server struct {
	provider *provider.Provider
	accounts *account.Accounts
	rejected *rejections.Log
	flows    *flows.Log
	counts   *counts.Counter
	audit    *audit.Log
	acts     *acts.Acts
	findings *acts.Findings // nil if they are not known
	// sessionKey is the key of the hashes of the session ids of a host.
	sessionKey []byte
	web        *web.Handler
	public     http.Handler // web, reported to OnRequest
	admin      http.Handler
	webhooks   *webhook.Sender // or nil
	logins     *loginproviders.Set
	options    Options
	pages      pages
	id         string     // random
	self       oauth.Node // the constant parts of the description of this process
	work       backgroundWork
}

// New returns a Server. It reports all faults of the options at once, each on its
// own line. If the Store has no signing key, New creates one.
//
// A Store serves one issuer. New also returns an error if a server with another issuer uses the
// Store, or uses its database from another process. It checks this only if the options have no
// fault. After a crash of that server, it returns the error for up to a minute.
func New(ctx context.Context, o Options) (*Server, error) {
	d, err := newDraft(o)
	s := d.Server
	if err = errors.Join(err, s.checkNewLogins(ctx)); err != nil {
		return nil, optionErrors(err, provider.Faults(ctx, d.protocol))
	}
	if s.provider, err = provider.New(ctx, d.protocol); err != nil {
		return nil, optionErrors(err)
	}
	o, s.sessionKey = s.options, s.provider.Key("sessions of the host")
	s.acts = s.newActs()
	if check := s.options.Findings; check != nil {
		s.findings = &acts.Findings{Check: check, Clock: s.options.Clock}
	}
	var mails account.MailStore
	if o.SendMail != nil || o.InsecureCatchMails {
		mails = o.Store
	}
	s.accounts = account.New(account.Config{
		Store: o.Store, Mails: mails, Key: s.provider.Key("device marks"), Providers: s.logins.ForAccounts, Settings: o.LoginSettings, Fetch: d.client.Get, Logger: o.Logger, Clock: o.Clock,
		RelyingParty: d.passkeys, PasswordKey: o.PasswordKey, InsecurePasswordHashes: o.InsecurePasswordHashes,
	})
	if err := s.mount(s.pages, d.client); err != nil {
		return nil, err
	}
	if err := s.claimStore(ctx); err != nil {
		return nil, err
	}
	if provider.WeakMasterKey(s.provider.MasterKey) {
		o.Logger.WarnContext(ctx, "the bytes of the master key are not random, so an attacker can guess it; use 32 random bytes, and pass the same key at every start")
	}
	if o.InsecurePasswordHashes && o.ownLogin() {
		o.Logger.WarnContext(ctx, "InsecurePasswordHashes is for tests: the hashes of new passwords protect nothing")
	}
	if weak := s.pages.ui.ThemeWarnings(); len(weak) > 0 {
		o.Logger.WarnContext(ctx, "theme.css has colors that are hard to see", "pairs", weak)
	}
	if wide := web.WideProxies(o.TrustedProxies); len(wide) > 0 {
		o.Logger.WarnContext(ctx, "Options.TrustedProxies contains a large part of the internet, so every client can choose the address that the server sees, and limits per address have no effect; list only the addresses of your proxies", "networks", wide)
	}
	s.warnOfTexts(ctx)
	s.warnOfUnusedFields(ctx)
	return s, nil
}

// warnOfTexts logs variables of style sheets that have no effect, scopes without a description, and
// descriptions of scopes that do not exist.
func (s *Server) warnOfTexts(ctx context.Context) {
	log := s.options.Logger
	if t := s.options.Templates; t != nil && !hasTemplates(t) {
		log.WarnContext(ctx, "Options.Templates contains no page, no style sheet and no texts, so it has no effect. Pages are in the folders web and admin, and texts in the folder texts. Check the folder, and the pattern of //go:embed")
	}
	if unused := s.pages.ui.UnusedVariables(); len(unused) > 0 {
		log.WarnContext(ctx, "theme.css sets variables that have no effect", "variables", unused)
	}
	if s.options.ScopeSource != nil {
		return // the scopes can change
	}
	described := s.pages.ui.DescribedScopes()
	var names []string
	for _, scope := range s.options.AllScopes() {
		names = append(names, scope.Name)
		if scope.Description == "" && !slices.Contains(described, scope.Name) {
			log.WarnContext(ctx, "a scope has no Description, so people see only its name when an application requests it", "scope", scope.Name)
		}
	}
	for _, name := range described {
		if !slices.Contains(names, name) {
			log.WarnContext(ctx, "texts/en.json describes a scope that does not exist"+settings.DidYouMean(name, names), "key", "own.scope."+name)
		}
	}
}

// hasTemplates reports whether a folder contains a file that can replace one of Latchkey.
func hasTemplates(folder fs.FS) (found bool) {
	_ = fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && slices.Contains([]string{".html", ".css", ".json"}, path.Ext(name)) {
			found = true
			return fs.SkipAll
		}
		return nil // a folder that cannot be read is an error of New
	})
	return found
}

// Check returns all faults of the options that New would return, without a Store: Store
// and MasterKey can be missing. It is for tests and for commands that check a
// configuration. It does not report errors that depend on the Store, such as a MasterKey that
// does not decrypt its signing keys.
func Check(_ context.Context, o Options) error {
	d, err := newDraft(o)
	return optionErrors(err, provider.Check(d.protocol))
}

// A draft is a Server that has not used the Store yet, and has no provider.
type draft struct {
	*Server
	client   *outbound.Client // sends the requests of the server
	passkeys account.RelyingParty
	protocol provider.Config
}

// newDraft returns a Server without a provider. The error contains all faults of the options
// apart from those that package provider finds.
func newDraft(o Options) (draft, error) {
	hostClaims := o.Claims != nil
	optionsErr := o.setDefaultsAndCheck()
	o.recoverCallbacks()
	client := outbound.New(outbound.Options{InsecureNetworks: o.InsecureOutboundNetworks, Authorities: o.OutboundAuthorities})
	counter := newCounter(&o)
	webhooks, webhooksErr := newWebhooks(&o, client)
	pages, pagesErr := parsePages(o)
	s := &Server{pages: pages, webhooks: webhooks, counts: counter, id: rand.Text(), self: oauth.Node{Version: moduleVersion(), StartedAt: o.Clock()}}
	s.audit = s.newAudit(&o)
	s.options = o
	s.work.since.Store(o.Clock().UnixNano())
	providersErr := o.checkProviders()
	if providersErr == nil && o.Store != nil {
		s.logins = s.loginProviders(client)
	}
	rp, passkeysErr := o.relyingParty()
	protocol := provider.Config{
		Issuer: o.Issuer, Store: o.Store, MasterKey: o.MasterKey,
		Settings: o.ProtocolSettings, OwnLogin: o.ownLogin(), HostLogout: o.hostLogout(), CheckPerson: o.checkPerson(),
		Outbound: client, AdminAPI: o.adminAPIURI(),
		Claims: o.Claims, HostClaims: hostClaims, TokenLifetimes: o.TokenLifetimes, TokenFormat: o.TokenFormat, AddClaims: o.AddClaims, TokenMetadata: o.TokenMetadata, AddedClaims: o.AddedClaims,
		UILocales: pages.languages(), ScopeSource: o.ScopeSource, CheckClientURI: o.CheckClientURI, Grants: o.Grants, FindPerson: o.FindPerson, CheckPassword: s.passwordCheck(),
		OnEvent: o.OnEvent, Logger: o.Logger, Clock: o.Clock, NewKey: o.NewKey,
	}
	return draft{s, client, rp, protocol}, errors.Join(optionsErr, webhooksErr, providersErr, pagesErr, passkeysErr)
}

// ServeHTTP serves all public URLs: those below the path of the issuer, the
// metadata below /.well-known/, and the page at "/". It must see the whole path,
// so do not mount it behind http.StripPrefix.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.checkBackground(r.Context())
	s.public.ServeHTTP(w, r)
}

// Admin returns the handler of the back office. Mount it at Options.AdminPath, which is
// "/admin/" by default, without http.StripPrefix.
func (s *Server) Admin() http.Handler { return s.admin }

// ReloadTemplates reads Options.Templates again, and checks all pages as New does.
// If a template has a fault, the pages are not changed. It is safe to call while requests are served.
func (s *Server) ReloadTemplates() error {
	later, err := parsePages(s.options)
	if err != nil {
		return err
	}
	s.pages.ui.Replace(later.ui)
	s.pages.web.Replace(later.web)
	s.pages.admin.Replace(later.admin)
	return nil
}

// SetupLink returns a link with which a person can create the first administrator
// in a browser. It is valid for an hour, in every process with the same master key,
// and only while there is no administrator. It is a secret: the person who uses it
// controls the server. It creates no account if
// the people in the Store are those of a host (Options.People).
func (s *Server) SetupLink() string { return s.web.SetupLink() }

// RegistrationToken returns a token with which programs of the person can register
// themselves as applications within the next hour. subject is that of an Authentication.
// With Latchkey's own login, people get such tokens on their account page.
//
// The error is an *oauth.Error unless Registration is "person" or "open", or if the subject
// is not that of a person who can log in.
func (s *Server) RegistrationToken(ctx context.Context, subject string) (string, error) {
	return s.provider.PersonToken(ctx, subject)
}

// Run does the background work of a Server until the context ends. It creates the
// signing keys that a new Store does not have yet, notifies applications of
// logouts, sends emails and the messages of webhooks, stores rejected requests, counts and the last
// uses of tokens for the back office, and adds new records to the chain of the audit log. It also records in the Store which issuer uses it. Every process must
// call it. Run returns nil when the context ends. If requests are served without it for
// half a minute, a warning is logged.
func (s *Server) Run(ctx context.Context) error {
	twice, end := s.work.begin(s.options.Clock)
	defer end()
	if twice {
		s.options.Logger.WarnContext(ctx, "Server.Run is already running. Call it only once for each Server, because each call queries the database for work")
	}
	group, ctx := errgroup.WithContext(ctx)
	all := []func(context.Context) error{s.provider.Run, s.SendMails, s.rejected.Run, s.flows.Run, s.counts.Run, s.audit.Run, s.runIssuer, s.accounts.StoreTokenUses}
	if s.webhooks != nil {
		all = append(all, s.webhooks.Run)
	}
	for _, work := range all {
		group.Go(func() error {
			defer crash.Log(s.options.Logger)
			return work(ctx)
		})
	}
	return group.Wait()
}

// SendMails sends the emails that wait in the Store, until the context ends. If the options
// have no way to send emails, it returns nil at once. Run includes it, so most programs do
// not need it.
func (s *Server) SendMails(ctx context.Context) error {
	if !s.web.CanMail() {
		return nil
	}
	return s.web.SendMails(ctx)
}

// EndSessions reports that login sessions of the host have ended. Each id is a
// SessionID that People.Current has returned. Permissions that were granted for the
// duration of a session are revoked, and applications with a backchannel_logout_uri
// are notified. Nothing more is issued for a login that Current returned before. Call
// EndSessions after you have deleted the session in the host. Empty and unknown ids are
// ignored. To end all sessions of a person, use RevokeSubject.
//
// The id of a session can be equal to the subject of a person, if a host numbers both. Without
// Options.People, it cannot: if one of the ids is that of an account, EndSessions ends the sessions of
// the other ids, and then returns an error.
func (s *Server) EndSessions(ctx context.Context, ids ...string) error {
	stored := make([]string, 0, len(ids))
	for _, id := range ids {
		if id != "" { // nothing depends on a login without a session
			stored = append(stored, s.storedSession(id))
		}
	}
	if len(stored) == 0 {
		return nil
	}
	if err := s.provider.EndSessions(ctx, stored...); err != nil || s.options.People != nil {
		return err
	}
	for _, id := range stored {
		switch isUser, err := s.isUser(ctx, id); {
		case err != nil:
			return err
		case isUser:
			return fmt.Errorf("latchkey: EndSessions: %q is the subject of a person, and not the id of a session; to end all sessions of a person, use RevokeSubject", id)
		}
	}
	return nil
}

// EndSession is EndSessions for the person who makes a request. A host calls it in
// its own logout, before it deletes the session. It writes nothing but a cookie, by
// which applications that watch the session notice its end (OpenID Connect Session
// Management 1.0). If nobody is logged in, it does nothing. Without Options.People, it
// returns an error.
func (s *Server) EndSession(w http.ResponseWriter, r *http.Request) error {
	if s.options.People == nil {
		return errors.New("latchkey: EndSession needs Options.People; people with an account log out at /logout/ of the issuer")
	}
	return s.web.EndSession(w, r)
}
