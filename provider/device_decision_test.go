package provider_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// unstoredHouses returns houses whose usual client may use devices and is not stored.
func unstoredHouses(t *testing.T) map[string]*house {
	t.Helper()
	registered := newOpenHouse(t, nil)
	registered.register(`{"grant_types":["urn:ietf:params:oauth:grant-type:device_code"],"token_endpoint_auth_method":"none","scope":"read"}`)
	described, s := newDocumentHouse(t, nil)
	s.documents[documentID] = strings.Replace(plainDocument, `"authorization_code",`, `"authorization_code","urn:ietf:params:oauth:grant-type:device_code",`, 1)
	return map[string]*house{"that registered itself": registered, "that a document describes": described}
}

func (h *house) wantUnstored() {
	h.t.Helper()
	if _, err := h.store.Client(ctx, h.id); !errors.Is(err, oauth.ErrNotFound) {
		h.t.Errorf("the client is stored: %v", err)
	}
}

// RFC 8628 §3.5: the device receives access_denied, although a client is stored only
// when a person has allowed it something. The code is used up.
func TestDenialEndsTheRequestOfAClientThatIsNotStored(t *testing.T) {
	for name, h := range unstoredHouses(t) {
		t.Run(name, func(t *testing.T) {
			started := h.device()
			r := h.enter(started.UserCode)
			r.Show(h.who)
			_, err := h.poll(started.DeviceCode)
			wantCode(t, err, "authorization_pending")
			if err := h.DenyDevice(ctx, r); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				h.pass(10 * time.Second)
				_, err = h.poll(started.DeviceCode)
				wantCode(t, err, "access_denied")
			}
			h.wantUnstored()
			_, err = h.BeginDevice(ctx, h.who, started.UserCode)
			if e, ok := errors.AsType[*provider.UserCodeError](err); !ok || e.Problem != provider.UserCodeUsed {
				t.Errorf("the code again: %v", err)
			}
			if problem, err := h.DeviceProblem(ctx, r.Device); problem != provider.UserCodeUsed || err != nil {
				t.Errorf("got %q, %v", problem, err)
			}
			if err := h.DenyDevice(ctx, r); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("a second denial: %v", err)
			}
			if _, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("an approval after the denial: %v", err)
			}
			_, err = h.poll(started.DeviceCode)
			wantCode(t, err, "access_denied")

			late := h.device()
			r = h.enter(late.UserCode)
			h.pass(10 * time.Minute)
			if err := h.DenyDevice(ctx, r); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("a denial after the code has expired: %v", err)
			}
			_, err = h.poll(late.DeviceCode)
			wantCode(t, err, "expired_token")
		})
	}
}

// A person who allows no scope has denied the request.
func TestClientThatIsNotStoredAndMayHaveNothingIsDenied(t *testing.T) {
	for name, h := range unstoredHouses(t) {
		started := h.device()
		r := h.enter(started.UserCode)
		r.Show(h.who)
		_, err := h.Approve(ctx, r, h.who, nil, true)
		wantCode(t, err, "access_denied")
		_, err = h.poll(started.DeviceCode)
		wantCode(t, err, "access_denied")
		if h.wantUnstored(); t.Failed() {
			t.Fatal(name)
		}
	}
}

// A client that became known while the person decided is the same client.
func TestDecisionsCountIfTheClientIsStoredInBetween(t *testing.T) {
	for name, h := range unstoredHouses(t) {
		t.Run(name, func(t *testing.T) {
			denied, approved := h.device(), h.device()
			r := h.enter(denied.UserCode)
			h.approveDevice(approved.UserCode)
			if err := h.DenyDevice(ctx, r); err != nil {
				t.Fatal(err)
			}
			if err := h.DenyDevice(ctx, &provider.AuthorizationRequest{Client: r.Client, Device: &provider.DeviceRequest{
				ID: tokenOf(t, approved.DeviceCode).ID, Unstored: true,
			}}); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("a denial after the approval: %v", err)
			}
			_, err := h.poll(denied.DeviceCode)
			wantCode(t, err, "access_denied")
			if _, err := h.poll(approved.DeviceCode); err != nil {
				t.Error(err)
			}
		})
	}
}

func tokenOf(t *testing.T, deviceCode string) oauth.Token {
	t.Helper()
	token, ok := oauth.ParseToken(deviceCode, oauth.KindDeviceCode)
	if !ok {
		t.Fatal(deviceCode)
	}
	return token
}

// Of approvals and denials at the same time, one counts, and the device receives it.
func TestOneOfManyConcurrentDecisionsAboutADeviceCounts(t *testing.T) {
	for name, h := range unstoredHouses(t) {
		started := h.device()
		r := h.enter(started.UserCode)
		r.Show(h.who)
		var (
			wg   sync.WaitGroup
			mu   sync.Mutex
			want []string
		)
		for i := range 64 {
			wg.Go(func() {
				own, code := *r, "access_denied"
				decide := func() error { return h.DenyDevice(ctx, &own) }
				if i%2 == 0 {
					code, decide = "", func() error {
						_, err := h.Approve(ctx, &own, h.who, own.RequestedScopes(), true)
						return err
					}
				}
				switch err := decide(); {
				case err == nil:
					mu.Lock()
					want = append(want, code)
					mu.Unlock()
				case !errors.Is(err, oauth.ErrConflict):
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		wg.Wait()
		if len(want) != 1 {
			t.Fatalf("%s: %d decisions count: %q", name, len(want), want)
		}
		_, err := h.poll(started.DeviceCode)
		wantCode(t, err, want[0])
	}
}
