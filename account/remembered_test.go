package account_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestRememberedBrowsersAreBoundedAndEnd: with the time, with a new password, when the
// person removes one, and when there are too many.
func TestRememberedBrowsersAreBoundedAndEnd(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	_, added := p.withTOTP(t, ada)
	var cookies []string
	for range account.MaxRememberedBrowsers + 2 {
		p.now = p.now.Add(time.Second)
		cookie, err := p.RememberBrowser(ctx, added.Cookie, "Firefox")
		if err != nil {
			t.Fatal(err)
		}
		cookies = append(cookies, cookie)
	}
	use := func(cookie string) error {
		p.now = p.now.Add(time.Second)
		_, _, err := p.FinishInRememberedBrowser(ctx, p.step(t, "Ada"), cookie)
		return err
	}
	for i, cookie := range cookies {
		want := error(nil)
		if i < 2 {
			want = account.ErrSecondFactor
		}
		wantErr(t, fmt.Sprint("browser ", i), use(cookie), want)
	}
	wantErr(t, "no cookie", use(""), account.ErrSecondFactor)
	all, err := p.Factors(ctx, ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	newest := all[len(all)-1]
	if err := p.RemoveFactor(ctx, added.Cookie, newest.ID, true); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "a browser that was removed", use(cookies[len(cookies)-1]), account.ErrSecondFactor)
	if err := p.SetPassword(ctx, p.user(t, ada.ID), password); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "after a new password", use(cookies[5]), account.ErrSecondFactor)
}

func TestRememberedBrowserExpires(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	_, added := p.withTOTP(t, ada)
	cookie, err := p.RememberBrowser(ctx, added.Cookie, "Firefox")
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(p.RememberBrowserTTL)
	_, _, err = p.FinishInRememberedBrowser(ctx, p.step(t, "Ada"), cookie)
	wantErr(t, "after 30 days", err, account.ErrSecondFactor)
}

// TestAdministratorEndsOrShortensRememberedBrowsers: the setting applies to browsers that
// are remembered already.
func TestAdministratorEndsOrShortensRememberedBrowsers(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	_, added := p.withTOTP(t, ada)
	cookie, err := p.RememberBrowser(ctx, added.Cookie, "Firefox")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		ttl  time.Duration
		want error
	}{{2 * time.Minute, nil}, {time.Minute, account.ErrSecondFactor}, {-1, account.ErrSecondFactor}, {time.Hour, nil}} {
		p.RememberBrowserTTL = test.ttl
		p.now = p.now.Add(30 * time.Second)
		_, _, err := p.FinishInRememberedBrowser(ctx, p.step(t, "Ada"), cookie)
		wantErr(t, test.ttl.String(), err, test.want)
	}
	p.RememberBrowserTTL = -1
	if cookie, err := p.RememberBrowser(ctx, added.Cookie, "Firefox"); cookie != "" || err != nil {
		t.Errorf("got the cookie %q, %v", cookie, err)
	}
}
