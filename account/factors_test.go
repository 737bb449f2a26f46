package account_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const browserSecret = "the secret of this browser"

// totpCode is a TOTP app: it returns the code at a time (RFC 6238).
func totpCode(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix())/30)) //nolint:gosec // not before 1970
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[sum[19]&15:])&(1<<31-1))%1e6)
}

// withTOTP adds a TOTP to a user, and returns its secret, the recovery codes and the
// cookie of the session.
func (p *people) withTOTP(t *testing.T, u *account.User) (secret string, added account.Added) {
	t.Helper()
	cookie := p.startSession(t, u)
	prepared, err := p.PrepareTOTP(ctx, cookie, "Example")
	if err == nil {
		added, err = p.AddTOTP(ctx, cookie, prepared.Form, totpCode(t, prepared.Secret, p.now))
	}
	if err != nil {
		t.Fatal(err)
	}
	return prepared.Secret, added
}

// step logs in with the password, and returns the second step.
func (p *people) step(t *testing.T, name string) account.SecondStep {
	t.Helper()
	u, _ := p.mustLogin(t, name, "198.51.100.1")
	sealed, err := p.SealLogin(u, browserSecret)
	if err != nil {
		t.Fatal(err)
	}
	return account.SecondStep{Sealed: sealed, Secret: browserSecret}
}

func (p *people) finish(t *testing.T, name, code string) (string, account.Session, error) {
	t.Helper()
	return p.FinishWithCode(ctx, p.step(t, name), code)
}

func (p *people) user(t *testing.T, id string) *account.User {
	t.Helper()
	u, err := p.Store.User(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// TestSecondFactorIsNeededAfterThePassword follows a person who adds a TOTP: the other
// sessions end, and the password alone does not start another one.
func TestSecondFactorIsNeededAfterThePassword(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	thief := p.startSession(t, ada)
	secret, added := p.withTOTP(t, ada)
	if len(added.RecoveryCodes) != account.RecoveryCodes || added.Session.Assurance() != account.TwoFactors {
		t.Errorf("got %d recovery codes and the methods %v", len(added.RecoveryCodes), added.Session.Methods)
	}
	p.wantEnded(t, thief)
	if s, _, err := p.Session(ctx, added.Cookie); err != nil || fmt.Sprint(s.AMR()) != "[pwd otp mfa]" {
		t.Errorf("the session of the person: %v, %v", s.Methods, err)
	}
	ada, _ = p.mustLogin(t, "Ada", "198.51.100.1")
	_, _, err := p.StartSession(ctx, ada, account.Browser{}, "")
	wantErr(t, "the password alone", err, account.ErrSecondFactor)

	p.now = p.now.Add(30 * time.Second)
	_, s, err := p.finish(t, "Ada", totpCode(t, secret, p.now))
	if err != nil || fmt.Sprint(s.Methods) != "[pwd otp mfa]" {
		t.Errorf("the password and the code: %v, %v", s.Methods, err)
	}
}

// TestCodeIsAcceptedOnce: a code is not accepted again in its time window, after it
// confirmed the TOTP, or from many callers at once (RFC 6238 §5.2).
func TestCodeIsAcceptedOnce(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	secret, added := p.withTOTP(t, ada)
	_, _, err := p.finish(t, "Ada", totpCode(t, secret, p.now))
	wantErr(t, "the code that confirmed the TOTP", err, account.ErrFactorUsed)

	for name, code := range map[string]func() string{
		"a code of the TOTP": func() string { p.now = p.now.Add(time.Minute); return totpCode(t, secret, p.now) },
		"a recovery code":    func() string { return added.RecoveryCodes[3] },
	} {
		code := code()
		step := p.step(t, "Ada")
		errs := make([]error, 8)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { _, _, errs[i] = p.FinishWithCode(ctx, step, code) })
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				wantErr(t, name+" used again", err, account.ErrFactorUsed)
			}
		}
		if won != 1 {
			t.Errorf("%s starts %d sessions", name, won)
		}
		_, _, err := p.finish(t, "Ada", code)
		wantErr(t, name+" used later", err, account.ErrFactorUsed)
	}
}

// TestClockOfAnAppMayDifferByOneStep (RFC 6238 §5.2).
func TestClockOfAnAppMayDifferByOneStep(t *testing.T) {
	for steps, want := range map[int]error{-2: account.ErrWrongCode, -1: nil, 0: nil, 1: nil, 2: account.ErrWrongCode} {
		p := newPeople(t)
		ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
		secret, _ := p.withTOTP(t, ada)
		p.now = p.now.Add(10 * time.Minute)
		_, _, err := p.finish(t, "Ada", totpCode(t, secret, p.now.Add(time.Duration(steps)*30*time.Second)))
		wantErr(t, fmt.Sprintf("%d steps", steps), err, want)
	}
}

// TestGuessesOfCodesAreLimited: a right code does not reset the count, a new password
// does, and only a person who knows the password can guess at all.
func TestGuessesOfCodesAreLimited(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	secret, added := p.withTOTP(t, ada)
	for i := range 20 {
		_, _, err := p.finish(t, "Ada", fmt.Sprintf("%06d", i))
		wantErr(t, fmt.Sprint("guess ", i), err, account.ErrWrongCode)
		if i == 10 {
			p.now = p.now.Add(time.Minute)
			if _, _, err := p.finish(t, "Ada", totpCode(t, secret, p.now)); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.now = p.now.Add(20 * time.Hour)
	for _, code := range []string{totpCode(t, secret, p.now), added.RecoveryCodes[0]} {
		if _, _, err := p.finish(t, "Ada", code); !isThrottled(err) {
			t.Errorf("a right code after 20 wrong ones: %v", err)
		}
	}
	if err := p.SetPassword(ctx, p.user(t, ada.ID), password); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.finish(t, "Ada", totpCode(t, secret, p.now)); err != nil {
		t.Errorf("after a new password: %v", err)
	}
}

// TestGuessesOfCodesStayLimitedAfterEverything: a thief with a session cannot start a new
// count by logging out the other sessions. New passwords start new counts, but there is also
// a limit on all guesses together.
func TestGuessesOfCodesStayLimitedAfterEverything(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	_, added := p.withTOTP(t, ada)
	stolen := added.Cookie
	guess := func() (guesses int) {
		for ; guesses < 200; guesses++ {
			_, _, err := p.ConfirmWithCode(ctx, stolen, "AAAAAAAAAAAA")
			if isThrottled(err) {
				break
			}
			wantErr(t, fmt.Sprint("guess ", guesses), err, account.ErrWrongCode)
		}
		return guesses
	}
	if got := guess(); got != 20 {
		t.Errorf("%d guesses, want 20", got)
	}
	if err := p.Store.(oauth.Store).EndSessions(ctx, oauth.SessionsEnd{Subject: ada.ID, Except: added.Session.ID, At: p.now}); err != nil {
		t.Fatal(err)
	}
	if got := guess(); got != 0 {
		t.Errorf("%d more guesses after the other sessions have ended", got)
	}
	total := 20
	for range 8 {
		if err := p.SetPassword(ctx, p.user(t, ada.ID), password); err != nil {
			t.Fatal(err)
		}
		stolen = "" // a new password ends all sessions
		for range 25 {
			if _, _, err := p.finish(t, "Ada", "AAAAAAAAAAAA"); isThrottled(err) {
				break
			}
			total++
		}
	}
	if total != 100 {
		t.Errorf("%d guesses with new passwords, want 100", total)
	}
}

// TestPendingLoginBelongsToOneBrowserAndEnds: what the browser gets between the password
// and the second factor is of no use to others.
func TestPendingLoginBelongsToOneBrowserAndEnds(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	secret, _ := p.withTOTP(t, ada)
	if _, err := p.SealLogin(ada, ""); err == nil {
		t.Error("a login of no browser was sealed")
	}
	for name, change := range map[string]func(*account.SecondStep){
		"another browser":   func(s *account.SecondStep) { s.Secret = "another" },
		"no browser":        func(s *account.SecondStep) { s.Secret = "" },
		"a changed text":    func(s *account.SecondStep) { s.Sealed = "A" + s.Sealed[1:] + "A" },
		"no text":           func(s *account.SecondStep) { s.Sealed = "" },
		"after ten minutes": func(*account.SecondStep) { p.now = p.now.Add(10 * time.Minute) },
		"a new password": func(*account.SecondStep) {
			if err := p.SetPassword(ctx, p.user(t, ada.ID), password); err != nil {
				t.Fatal(err)
			}
		},
	} {
		p.now = p.now.Add(time.Minute)
		step := p.step(t, "Ada")
		change(&step)
		_, _, err := p.FinishWithCode(ctx, step, totpCode(t, secret, p.now))
		wantErr(t, name, err, account.ErrLoginExpired)
	}
	p.now = p.now.Add(time.Minute)
	step := p.step(t, "Ada")
	if err := p.Disable(ctx, ada.ID, false); err != nil {
		t.Fatal(err)
	}
	_, _, err := p.FinishWithCode(ctx, step, totpCode(t, secret, p.now))
	wantErr(t, "a person who is disabled", err, account.ErrLoginExpired)
}

// TestFactorsOfOnePersonAreOfNoUseForAnother.
func TestFactorsOfOnePersonAreOfNoUseForAnother(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	eve := p.create(t, "Eve")
	p.withTOTP(t, ada)
	secret, evil := p.withTOTP(t, eve)
	p.now = p.now.Add(time.Minute)
	remembered, err := p.RememberBrowser(ctx, evil.Cookie, "Firefox")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{totpCode(t, secret, p.now), evil.RecoveryCodes[0]} {
		_, _, err := p.finish(t, "Ada", code)
		wantErr(t, "a code of Eve", err, account.ErrWrongCode)
	}
	_, _, err = p.FinishInRememberedBrowser(ctx, p.step(t, "Ada"), remembered)
	wantErr(t, "a browser of Eve", err, account.ErrSecondFactor)
	adas, err := p.Factors(ctx, ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(adas, func(f account.Factor) bool { return f.Kind == account.FactorTOTP })
	wantErr(t, "Eve removes the TOTP of Ada", p.RemoveFactor(ctx, evil.Cookie, adas[i].ID, false), account.ErrNotFound)
	wantErr(t, "Eve renames the TOTP of Ada", p.RenameFactor(ctx, evil.Cookie, adas[i].ID, "Eve's"), account.ErrNotFound)
}

// TestFactorsChangeOnlyAfterARecentLogin with the strongest factor.
func TestFactorsChangeOnlyAfterARecentLogin(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	secret, added := p.withTOTP(t, ada)
	remembered, err := p.RememberBrowser(ctx, added.Cookie, "Firefox")
	if err != nil {
		t.Fatal(err)
	}
	all, err := p.Factors(ctx, ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	totp := all[slices.IndexFunc(all, func(f account.Factor) bool { return f.Kind == account.FactorTOTP })].ID
	changes := map[string]func(cookie string) error{
		"add a TOTP":         func(cookie string) error { _, err := p.PrepareTOTP(ctx, cookie, "Example"); return err },
		"remove the TOTP":    func(cookie string) error { return p.RemoveFactor(ctx, cookie, totp, false) },
		"new recovery codes": func(cookie string) error { _, err := p.RenewRecoveryCodes(ctx, cookie); return err },
		"remember a browser": func(cookie string) error { _, err := p.RememberBrowser(ctx, cookie, "x"); return err },
	}
	p.now = p.now.Add(5 * time.Minute)
	known, s, err := p.FinishInRememberedBrowser(ctx, p.step(t, "Ada"), remembered)
	if err != nil || s.Assurance() != account.OneFactor || fmt.Sprint(s.AMR()) != "[pwd]" {
		t.Fatalf("a login in a remembered browser: %v, %v", s.Methods, err)
	}
	for name, change := range changes {
		wantErr(t, name+" five minutes later", change(added.Cookie), account.ErrReauthenticate)
		wantErr(t, name+" in a remembered browser", change(known), account.ErrReauthenticate)
		wantErr(t, name+" without a session", change("invalid"), account.ErrNotFound)
	}
	confirmed, s, err := p.ConfirmWithCode(ctx, known, totpCode(t, secret, p.now))
	if err != nil || fmt.Sprint(s.Methods) != "[pwd otp mfa]" {
		t.Fatalf("after a code: %v, %v", s.Methods, err)
	}
	p.wantEnded(t, known) // its cookie is replaced
	codes, err := p.RenewRecoveryCodes(ctx, confirmed)
	if err != nil || len(codes) != account.RecoveryCodes {
		t.Errorf("new recovery codes: %v", err)
	}
	_, _, err = p.finish(t, "Ada", added.RecoveryCodes[0])
	wantErr(t, "an old recovery code", err, account.ErrWrongCode)
	_, s, err = p.finish(t, "Ada", strings.ToUpper(strings.ReplaceAll(codes[0], "-", " ")))
	if err != nil || fmt.Sprint(s.AMR()) != "[pwd otp mfa]" || p.CheckRecent(s, p.user(t, ada.ID)) != nil {
		t.Errorf("a new recovery code: %v, %v", s.Methods, err)
	}
}

// TestWithTheLastFactorEverythingBesideItIsRemoved: without a second factor, recovery
// codes and remembered browsers have no purpose.
func TestWithTheLastFactorEverythingBesideItIsRemoved(t *testing.T) {
	for name, remove := range map[string]func(p *people, u *account.User, cookie string, totp account.FactorID) error{
		"the person": func(p *people, _ *account.User, cookie string, totp account.FactorID) error {
			return p.RemoveFactor(ctx, cookie, totp, false)
		},
		"an administrator": func(p *people, u *account.User, _ string, _ account.FactorID) error { return p.ResetFactors(ctx, u.ID) },
	} {
		p := newPeople(t)
		ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
		_, added := p.withTOTP(t, ada)
		if _, err := p.RememberBrowser(ctx, added.Cookie, "Firefox"); err != nil {
			t.Fatal(err)
		}
		all, err := p.Factors(ctx, ada.ID)
		if err != nil {
			t.Fatal(err)
		}
		totp := all[slices.IndexFunc(all, func(f account.Factor) bool { return f.Kind == account.FactorTOTP })].ID
		wantErr(t, "the last factor that an administrator requires", p.RemoveFactor(ctx, added.Cookie, totp, true), account.ErrLastFactor)
		for _, f := range all {
			if f.Kind == account.FactorRecoveryCode {
				wantErr(t, "one recovery code", p.RemoveFactor(ctx, added.Cookie, f.ID, false), account.ErrNotFound)
			}
		}
		if err := remove(p, ada, added.Cookie, totp); err != nil {
			t.Fatal(err)
		}
		if all, err := p.Factors(ctx, ada.ID); err != nil || len(all) > 0 {
			t.Errorf("%s: %d factors remain, %v", name, len(all), err)
		}
		if _, _, err := p.Session(ctx, added.Cookie); (err == nil) != (name == "the person") {
			t.Errorf("%s: the session: %v", name, err)
		}
		ada, _ = p.mustLogin(t, "Ada", "198.51.100.1")
		p.startSession(t, ada)
	}
}

// TestExportOfFactorsHasNoSecrets: what a person can download about themselves must not
// allow a login.
func TestExportOfFactorsHasNoSecrets(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	secret, _ := p.withTOTP(t, ada)
	all, err := p.Factors(ctx, ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if strings.Contains(f.Body, secret) || (f.Kind == account.FactorTOTP) != (f.Body != "") {
			t.Errorf("the body of a %s: %q", f.Kind, f.Body)
		}
		if f.Body != "" && strings.Contains(string(text), f.Body) {
			t.Error("the export has the body")
		}
	}
	if want := `{"kind":"recovery_code","created_at":"2026-03-04T05:06:07Z"}`; !strings.Contains(string(text), want) {
		t.Errorf("got %s", text)
	}
}

// TestTwoChangesAtOnceKeepOneFactor: both see two factors, and only one can remove one of
// them.
func TestTwoChangesAtOnceKeepOneFactor(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	_, added := p.withTOTP(t, ada)
	passkey := account.Factor{ID: account.FactorID{7}, Kind: account.FactorPasskey, CreatedAt: p.now}
	u := p.user(t, ada.ID)
	err := p.Store.ChangeFactors(ctx, account.FactorChange{User: u, Factors: []account.FactorKind{account.FactorPasskey, account.FactorTOTP}, Add: []account.Factor{passkey}, At: p.now})
	if err != nil {
		t.Fatal(err)
	}
	cookie, _, err := p.finish(t, "Ada", added.RecoveryCodes[0])
	if err != nil {
		t.Fatal(err)
	}
	all, err := p.Factors(ctx, ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	totp := all[slices.IndexFunc(all, func(f account.Factor) bool { return f.Kind == account.FactorTOTP })].ID
	errs := make([]error, 2)
	var both sync.WaitGroup
	for i, id := range []account.FactorID{passkey.ID, totp} {
		both.Go(func() { errs[i] = p.RemoveFactor(ctx, cookie, id, true) })
	}
	both.Wait()
	if u := p.user(t, ada.ID); len(u.Factors) != 1 || (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("%v remain, %v", u.Factors, errs)
	}
}
