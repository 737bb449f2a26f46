package latchkey_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/hosttest"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// lockedLog is a log that a handler writes and a test reads.
type lockedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// take returns the text that was written since the last call.
func (l *lockedLog) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.text.Reset()
	return l.text.String()
}

// broken makes functions of a host program panic while it is set: they call check.
type broken struct{ atomic.Bool }

func (b *broken) check() {
	if b.Load() {
		panic("a mistake of the host")
	}
}

// TestPanicOfAFunctionOfTheHostCostsNoTokens: a panic in a function that a token depends on fails the
// request before the code is used up. A panic in a function that only observes does not fail the
// request. The log has one record with the stack.
func TestPanicOfAFunctionOfTheHostCostsNoTokens(t *testing.T) {
	var b broken
	host := hosttest.New()
	for name, c := range map[string]struct {
		set    func(*latchkey.Options)
		status int // while the function panics
	}{
		"OnEvent":   {func(o *latchkey.Options) { o.OnEvent = func(context.Context, oauth.Event) { b.check() } }, 200},
		"OnRequest": {func(o *latchkey.Options) { o.OnRequest = func(context.Context, latchkey.Request) { b.check() } }, 200},
		"Claims": {func(o *latchkey.Options) {
			o.Claims = func(context.Context, oauth.ClaimsQuery) (map[string]any, error) { b.check(); return nil, nil }
		}, 500},
		"AddClaims": {func(o *latchkey.Options) {
			o.AddClaims = func(context.Context, oauth.TokenInfo, oauth.ClaimsTarget) (map[string]any, error) {
				b.check()
				return nil, nil
			}
		}, 500},
		"TokenLifetimes": {func(o *latchkey.Options) {
			o.TokenLifetimes = func(context.Context, oauth.TokenInfo) (l oauth.Lifetimes, _ error) { b.check(); return l, nil }
		}, 500},
		"TokenFormat": {func(o *latchkey.Options) {
			o.TokenFormat = func(context.Context, oauth.TokenInfo) (oauth.TokenFormat, error) { b.check(); return "", nil }
		}, 500},
		"People.Lookup": {func(o *latchkey.Options) { o.People = &lookedUp{host, &b} }, 500},
		"ScopeSource": {func(o *latchkey.Options) {
			o.ScopeSource = func(context.Context) ([]oauth.ScopeInfo, error) { b.check(); return oauth.DefaultScopeInfos(), nil }
		}, 500},
	} {
		b.Store(false)
		var log lockedLog
		p := latchkeytest.New(t, func(o *latchkey.Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, nil))
			c.set(o)
		})
		p.Mux.Handle("/host/", host)
		if name != "People.Lookup" {
			p.AddUser("ada", false)
		}
		code, redeem := codeOf(t, p)
		log.take()
		p.Advance(10 * time.Second) // scopes and people are read again
		b.Store(true)
		status, body := redeem(code)
		text := log.take()
		if status != c.status || strings.Count(text, "a mistake of the host") == 0 || !strings.Contains(text, "callbacks_test.go") || strings.Contains(body, "mistake") {
			t.Errorf("%s panics: got %d %s and the log %s", name, status, body, text)
		}
		if c.status != 200 && strings.Count(text, "a mistake of the host") != 1 {
			t.Errorf("%s: the log is %s", name, text)
		}
		b.Store(false)
		p.Advance(10 * time.Second)
		if status, body := redeem(code); c.status != 200 && status != 200 {
			t.Errorf("%s: the code was lost: %d %s", name, status, body)
		}
	}
}

// codeOf returns a code of an application that requests an ID token, and a function that redeems
// it.
func codeOf(t *testing.T, p *latchkeytest.Provider) (code string, redeem func(code string) (int, string)) {
	t.Helper()
	const verifier = "a-code-verifier-with-at-least-43-characters-0123456789"
	client, secret := p.AddClient("https://app.example/cb", nil)
	address, err := url.Parse(p.AuthorizationURL(client, "openid", "profile", "read"))
	if err != nil {
		t.Fatal(err)
	}
	query, challenge := address.Query(), sha256.Sum256([]byte(verifier))
	query.Set("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:]))
	address.RawQuery = query.Encode()
	if code, err = p.Browser().Authorize(address.String(), "ada"); err != nil {
		t.Fatal(err)
	}
	return code, func(code string) (int, string) {
		response, err := http.PostForm(p.Issuer+"/token/", url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": client.RedirectURIs, "code_verifier": {verifier}, "client_id": {client.ID}, "client_secret": {secret},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
}

// lookedUp are people whose Lookup can panic.
type lookedUp struct {
	*hosttest.Host
	b *broken
}

func (l *lookedUp) Lookup(ctx context.Context, subject string) (string, bool, error) {
	l.b.check()
	return l.Host.Lookup(ctx, subject)
}

// logLines are the lines of a log about emails that were not sent.
type logLines chan string

func (l logLines) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("email not sent yet")) {
		l <- string(line)
	}
	return len(line), nil
}

// TestPanicInSendMailIsTreatedAsAnError: a panic in the background would end the process.
func TestPanicInSendMailIsTreatedAsAnError(t *testing.T) {
	outcomes := make(chan string, 10)
	log := make(logLines, 10)
	secret := "lk_refresh_" + strings.Repeat("a1", 30)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Logger = slog.New(slog.NewTextHandler(log, nil))
		o.SendMail = func(context.Context, latchkey.Mail) error { panic("a mistake of the host with " + secret) }
		o.OnEvent = func(_ context.Context, e oauth.Event) {
			if e.Name == oauth.EventMail {
				outcomes <- e.Outcome
			}
		}
	})
	p.Add(account.NewUser{Username: "ada", Email: "ada@example.com", EmailVerified: true})
	b := p.Browser()
	b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {"ada"}})
	select {
	case got := <-outcomes:
		if got != oauth.OutcomeRetry {
			t.Errorf("the outcome is %s", got)
		}
		if text := <-log; !strings.Contains(text, "a mistake of the host with lk_") || strings.Contains(text, secret) {
			t.Errorf("the log is %s", text)
		}
	case <-time.After(2 * time.Minute):
		t.Error("no mail was sent")
	}
}

// TestPanicOfAFunctionOfTheHostIsRedacted: it can contain a token, as an error can, and the log must
// not.
func TestPanicOfAFunctionOfTheHostIsRedacted(t *testing.T) {
	for name, set := range map[string]func(*latchkey.Options, func()){
		"OnEvent": func(o *latchkey.Options, f func()) { o.OnEvent = func(context.Context, oauth.Event) { f() } },
		"Claims": func(o *latchkey.Options, f func()) {
			o.Claims = func(context.Context, oauth.ClaimsQuery) (map[string]any, error) { f(); return nil, nil }
		},
	} {
		var log lockedLog
		var token atomic.Pointer[string]
		p := latchkeytest.New(t, func(o *latchkey.Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, nil))
			set(o, func() {
				if secret := token.Load(); secret != nil {
					panic("unexpected token " + *secret)
				}
			})
		})
		p.AddUser("ada", false)
		code, redeem := codeOf(t, p)
		secret := p.Token("ada", "read")
		token.Store(&secret)
		redeem(code)
		if text := log.take(); !strings.Contains(text, "unexpected token lk_") || strings.Contains(text, secret) {
			t.Errorf("%s: the log is %s", name, text)
		}
	}
}

// TestPanicOfOpenDirectoryIsAFaultOfTheLoginProvider: the providers are read for a request, or for
// several at once. The log has the stack, and an administrator does not see it.
func TestPanicOfOpenDirectoryIsAFaultOfTheLoginProvider(t *testing.T) {
	var log lockedLog
	err := latchkey.Check(t.Context(), latchkey.Options{
		Issuer: "https://id.example.com/o", Logger: slog.New(slog.NewTextHandler(&log, nil)),
		LoginProviders: []latchkey.LoginProvider{{Name: "corp", Title: "Corp", Type: "ldap", URL: "ldaps://ldap.example.com", BindDN: "cn=search", ClientSecret: "secret", BaseDN: "dc=example", Filter: "(uid={username})", IDAttribute: "entryUUID"}},
		OpenDirectory:  func(latchkey.LoginProvider) (latchkey.Directory, error) { panic("a mistake of the host") },
	})
	if text := log.take(); err == nil || !strings.Contains(err.Error(), "OpenDirectory panicked") || strings.Contains(err.Error(), "goroutine") || !strings.Contains(text, "callbacks_test.go") {
		t.Errorf("got %v and the log %s", err, text)
	}
}

// TestPanicOfPasswordKeyDoesNotCountAsAGuess: the login fails with an error, and the person can log in
// after the mistake is corrected.
func TestPanicOfPasswordKeyDoesNotCountAsAGuess(t *testing.T) {
	var b broken
	var log lockedLog
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o.PasswordKey = func(password, salt []byte, passes, memory uint32, threads uint8, length uint32) []byte {
			b.check()
			return argon2.IDKey(password, salt, passes, memory, threads, length)
		}
	})
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	address := p.AuthorizationURL(client)
	b.Store(true)
	for range 11 {
		browser := p.Browser()
		if page := browser.LogIn(browser.Open(address), "ada"); page.StatusCode != http.StatusServiceUnavailable {
			t.Fatalf("got %d %s", page.StatusCode, page.Body)
		}
	}
	if text := log.take(); !strings.Contains(text, "Options.PasswordKey") || !strings.Contains(text, "callbacks_test.go") {
		t.Errorf("the log is %s", text)
	}
	b.Store(false)
	if _, err := p.Browser().Authorize(address, "ada"); err != nil {
		t.Error(err)
	}
}
