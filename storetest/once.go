package storetest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testOnce checks that one of many callers that use the same thing at the same time
// succeeds. Each thing is used with the same calls as in the server.
func testOnce(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")
	for name, prepare := range map[string]func(*testing.T) (use func(i int) error){
		"a device code":                       h.deviceCode,
		"the request URI of a pushed request": h.pushedRequest,
		"the jti of an assertion":             h.assertion,
		"an initial access token":             h.initialAccessToken,
		"a registration":                      h.registration,
	} {
		use := prepare(t)
		used := together(crowd, func(i int) bool {
			err := use(i)
			if err != nil && !errors.Is(err, oauth.ErrConflict) && !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
			return err == nil
		})
		if n := count(used); n != 1 {
			t.Errorf("%s: %d of %d uses succeed", name, n, crowd)
		}
	}
}

// deviceCode is a device code that a person has approved. It is redeemed for tokens.
func (h *house) deviceCode(t *testing.T) func(int) error {
	code, userCode := h.ticket(""), h.ticket("")
	code.State, userCode.Kind = "pending", otherKind
	must(t, h.Put(ctx, code, userCode))
	approved := code
	approved.Permission = h.ticket("id-ada").Permission
	changed, err := h.Change(ctx, oauth.ChangeRequest{Kind: code.Kind, ID: code.ID, From: "pending", To: "approved", Permission: &approved.Permission, Now: h.now})
	must(t, err)
	if !changed.Won {
		t.Fatalf("the approval: %+v", changed)
	}
	approved.State = "approved"
	return func(int) error {
		r := h.spend(approved)
		got, err := h.Spend(ctx, r)
		if err == nil && !got.Won {
			err = oauth.ErrConflict
		}
		if _, _, found := h.AccessToken(ctx, r.Access.ID); (found == nil) != (err == nil) {
			return fmt.Errorf("the spend: %w, and its token: %w", err, found)
		}
		return err
	}
}

// pushedRequest is a pushed request. The decision about it writes a code and uses it
// up.
func (h *house) pushedRequest(t *testing.T) func(int) error {
	request := h.put(t, "")
	return func(int) error {
		code, spend := h.ticket("id-ada"), h.spend(request)
		spend.Family, spend.Access = nil, nil
		return h.approve(oauth.Approval{Put: &code, Spend: &spend, Consent: h.consent("read")})
	}
}

// assertion is an assertion, whose ID is derived from its exp and its jti. It belongs
// to no person.
func (h *house) assertion(*testing.T) func(int) error {
	expires := h.now.Add(24 * time.Hour)
	return func(int) error {
		return h.Put(ctx, oauth.Ticket{
			Kind: "assertion", ID: oauth.IDFrom(expires, [10]byte([]byte("jti digest"))), ClientID: "c",
			IssuedAt: h.now, ExpiresAt: expires.Add(time.Minute),
		})
	}
}

// initialAccessToken is a token with which one application can register.
func (h *house) initialAccessToken(t *testing.T) func(int) error {
	token := oauth.NewToken(oauth.KindInitialAccess, h.now)
	must(t, h.AddInitialAccessToken(ctx, oauth.InitialAccessToken{
		ID: token.ID, Hash: token.Hash(), Name: "once", Uses: 1, CreatedAt: h.now, ExpiresAt: h.now.Add(time.Hour),
	}))
	return func(int) error { return h.UseInitialAccessToken(ctx, token.ID, h.now) }
}

// registration is a client that registered itself. It is written at its first use, with
// what that use knows about it.
func (h *house) registration(*testing.T) func(int) error {
	id := oauth.NewID(h.now)
	clientID := oauth.RegistrationPrefix + base64.RawURLEncoding.EncodeToString(append(id[:], "sealed"...))
	return func(i int) error {
		name := fmt.Sprint("known to use ", i)
		if err := h.ConfirmClient(ctx, &oauth.Client{ID: clientID, Name: name, Type: oauth.Public, CreatedAt: h.now, UpdatedAt: h.now}); err != nil {
			return err
		}
		stored, err := h.Client(ctx, clientID)
		if err == nil && stored.Name != name {
			err = oauth.ErrConflict // another use has written it
		}
		return err
	}
}
