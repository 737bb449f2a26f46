package provider_test

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// largest are states of the greatest accepted length.
var largest = map[string]string{
	"letters":   strings.Repeat("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", 64),
	"less-than": strings.Repeat("<", 4096), "quotes": strings.Repeat(`"\`, 2048), "emoji": strings.Repeat("🔑", 1024),
	"JSON": strings.Repeat(`{"a":"b","c":[1]}`, 240),
}

func TestAcceptedStateReturnsThroughAHandleThatFitsIntoAURL(t *testing.T) {
	for name, state := range largest {
		h := newHouse(t, nil)
		r, err := h.ask("state", state)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		handle, err := h.Seal(r, "browser")
		if err != nil || len(handle) > 7500 {
			t.Errorf("%s: the handle has %d bytes, %v", name, len(handle), err)
		}
		if opened, err := h.Open(ctx, handle, "browser"); err != nil || opened.State != state || opened.ID != r.ID || opened.CodeSecret != r.CodeSecret {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// RFC 6749 §4.1.2.1.
func TestRejectedStateIsReturned(t *testing.T) {
	h := newHouse(t, nil)
	state := strings.Repeat("s", 6000)
	r, err := h.ask("state", state, "response_mode", "fragment")
	wantCode(t, err, "invalid_request")
	response := h.Refuse(r, oauth.Errorf(oauth.CodeInvalidRequest, "Too long."))
	if u, err := url.Parse(response.Location()); err != nil || !strings.Contains(u.Fragment, "state="+state) {
		t.Errorf("got %.200s", response.Location())
	}
}

func TestRequestWhoseHandleWouldBeTooLongIsRejectedWithItsState(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	state := largest["letters"]
	values := make([]string, 0, 60)
	for i := range 60 {
		values = append(values, `"`+strings.Repeat(string(rune('A'+i%26)), i)+strings.Repeat("é~!", 12)+`"`)
	}
	r, err := h.ask("scope", "openid", "state", state, "nonce", largest["letters"][:512],
		"claims", `{"id_token":{"acr":{"values":[`+strings.Join(values, ",")+`]}}}`)
	if err == nil {
		if handle, _ := h.Seal(r, "browser"); len(handle) > 7500 {
			t.Errorf("an accepted request has a handle of %d bytes", len(handle))
		}
		return
	}
	if wantCode(t, err, "invalid_request"); r == nil || r.State != state {
		t.Errorf("got %+v", r)
	}
}

// A text that cannot be compressed needs the most room.
func TestNoAcceptedRequestHasAHandleThatIsTooLongForAURL(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	rejected := 0
	for _, length := range []int{0, 500, 1500, 2500, 3900} {
		state, claims := randomText(4096), `{"id_token":{"acr":{"values":["`+randomText(length)+`"]}}}`
		r, err := h.ask("scope", "openid", "state", state, "nonce", randomText(200), "claims", claims)
		if err != nil {
			if wantCode(t, err, "invalid_request"); r == nil || r.State != state {
				t.Errorf("claims of %d bytes: the rejected request is %+v", length, r)
			}
			rejected++
			continue
		}
		if handle, err := h.Seal(r, "browser"); err != nil || len(handle) > 7500 {
			t.Errorf("claims of %d bytes: the handle has %d bytes, %v", length, len(handle), err)
		}
	}
	if rejected == 0 || rejected == 5 {
		t.Errorf("%d of 5 requests are rejected", rejected)
	}
}

func randomText(length int) string {
	text := make([]byte, length)
	_, _ = rand.Read(text)
	return base64.RawURLEncoding.EncodeToString(text)[:length]
}

func TestHandleWithoutABrowserBeginsANewRequestForAFewMinutes(t *testing.T) {
	h := newHouse(t, nil)
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	r.Switch = true
	r.SendToLogin(&h.who, provider.LoginFresh)
	handle, err := h.Seal(r, "")
	if err != nil {
		t.Fatal(err)
	}
	one, err := h.Open(ctx, handle)
	if err != nil {
		t.Fatal(err)
	}
	two, err := h.Open(ctx, handle, "any browser")
	if err != nil || one.ID == two.ID || one.CodeSecret == two.CodeSecret || one.CodeSecret == r.CodeSecret || one.WasShown(h.who) || one.Switch || one.Sent != nil || one.State != "xyz" {
		t.Errorf("got %+v and %+v, %v", one, two, err)
	}
	h.pass(5*time.Minute + time.Second)
	if lost, err := h.Open(ctx, handle); !errors.Is(err, provider.ErrRequestLost) || lost == nil || lost.Client == nil {
		t.Errorf("after five minutes: %+v %v", lost, err)
	}
}

func TestLostRequestStillNamesItsApplication(t *testing.T) {
	h := newHouse(t, nil)
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	handle, err := h.Seal(r, "browser")
	if err != nil {
		t.Fatal(err)
	}
	if lost, err := h.Open(ctx, handle, "another"); !errors.Is(err, provider.ErrRequestLost) || lost == nil || lost.Client.ID != h.id {
		t.Errorf("in another browser: %+v %v", lost, err)
	}
	if lost, err := h.Open(ctx, handle); !errors.Is(err, provider.ErrRequestLost) || lost == nil || !strings.Contains(err.Error(), "sent no cookie") {
		t.Errorf("without a cookie: %+v %v", lost, err)
	}
	if _, err := h.Open(ctx, handle, "another", "browser"); err != nil {
		t.Errorf("in a browser with two texts: %v", err)
	}
	h.pass(2 * time.Hour)
	if lost, err := h.Open(ctx, handle, "browser"); !errors.Is(err, provider.ErrRequestLost) || lost == nil || lost.Client.ID != h.id {
		t.Errorf("too late: %+v %v", lost, err)
	}
}
