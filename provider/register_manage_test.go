package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// manage registers a client that has got tokens, or not, and returns the header with
// its registration access token.
func (h *house) manage(used bool, body string) (authorization string, information map[string]any) {
	h.t.Helper()
	information = h.register(body)
	if used {
		h.tokens()
	}
	return "Bearer " + fmt.Sprint(information["registration_access_token"]), information
}

const confidentialClient = `{"client_name":"Shop","redirect_uris":["` + callback + `"],"grant_types":["authorization_code","refresh_token"],"scope":"read"}`

// edited returns metadata with one member changed; nil removes it.
func edited(t *testing.T, information map[string]any, name string, value any) []byte {
	t.Helper()
	changed := maps.Clone(information)
	if changed[name] = value; value == nil {
		delete(changed, name)
	}
	text, err := json.Marshal(changed)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// RFC 7592 §2.
func TestRegistrationCanBeReadChangedAndDeleted(t *testing.T) {
	for _, used := range []bool{false, true} {
		h := newOpenHouse(t, nil)
		authorization, information := h.manage(used, confidentialClient)
		got, err := h.ReadRegistration(ctx, authorization, h.id)
		if err != nil || !reflect.DeepEqual(got, information) {
			t.Errorf("used %v: read %v %v, want %v", used, got, err, information)
		}

		const second = "https://app.example/second"
		got, err = h.UpdateRegistration(ctx, authorization, h.id, edited(t, information, "redirect_uris", []string{second}))
		if err != nil || !reflect.DeepEqual(got["redirect_uris"], []any{second}) || got["client_secret"] != h.key || got["client_id"] != h.id {
			t.Errorf("used %v: changed to %v %v", used, got, err)
		}
		if _, err := h.ask("redirect_uri", second); err != nil {
			t.Errorf("used %v: the new redirect URI: %v", used, err)
		}
		_, err = h.ask()
		wantCode(t, err, "invalid_request")

		if got, err = h.UpdateRegistration(ctx, authorization, h.id, edited(t, got, "client_name", nil)); err != nil || got["client_name"] != "app.example" {
			t.Errorf("used %v: a member that is omitted keeps its value: %v %v", used, got, err)
		}
		if err := h.DeleteRegistration(ctx, authorization, h.id); err != nil || h.clients() != 0 {
			t.Errorf("used %v: %d clients are stored after the deletion, %v", used, h.clients(), err)
		}
		_, err = h.ask("redirect_uri", second)
		wantCode(t, err, "invalid_client")
		_, err = h.ReadRegistration(ctx, authorization, h.id)
		wantCode(t, err, "invalid_token")
		_, err = h.UpdateRegistration(ctx, authorization, h.id, edited(t, information, "client_name", "Again"))
		wantCode(t, err, "invalid_token")
		wantCode(t, h.DeleteRegistration(ctx, authorization, h.id), "invalid_token")
	}
}

func TestUnusedRegistrationThatIsDeletedStaysDeleted(t *testing.T) {
	h := newOpenHouse(t, nil)
	authorization, _ := h.manage(false, confidentialClient)
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	if err := h.DeleteRegistration(ctx, authorization, h.id); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Approve(ctx, r, h.who, r.Scope, true); err == nil || h.clients() != 0 {
		t.Errorf("it is stored by a request that began before: %v", err)
	}
}

func TestDeletionOfARegistrationRevokesItsTokens(t *testing.T) {
	h := newOpenHouse(t, nil)
	authorization, _ := h.manage(false, confidentialClient)
	tokens := h.tokens()
	if err := h.DeleteRegistration(ctx, authorization, h.id); err != nil || h.active(tokens.AccessToken) {
		t.Errorf("the access token is active: %v", err)
	}
}

func TestOnlyItsRegistrationAccessTokenManagesARegistration(t *testing.T) {
	h := newOpenHouse(t, nil)
	other, _ := h.manage(true, confidentialClient)
	otherID := h.id
	authorization, information := h.manage(true, confidentialClient)
	access := h.tokens()
	for name, test := range map[string]struct{ authorization, id string }{
		"no token":               {"", h.id},
		"another client's":       {other, h.id},
		"another client":         {authorization, otherID},
		"a client by hand":       {authorization, "client"},
		"an access token":        {"Bearer " + access.AccessToken, h.id},
		"the client secret":      {"Bearer " + h.key, h.id},
		"an invented token":      {"Bearer " + oauth.NewToken(oauth.KindRegistration, h.now).String(), h.id},
		"an initial one":         {"Bearer " + h.initialAccess(1).String(), h.id},
		"the token with a scope": {authorization + " x", h.id},
	} {
		_, err := h.ReadRegistration(ctx, test.authorization, test.id)
		wantCode(t, err, "invalid_token")
		_, err = h.UpdateRegistration(ctx, test.authorization, test.id, edited(t, information, "client_name", name))
		wantCode(t, err, "invalid_token")
		wantCode(t, h.DeleteRegistration(ctx, test.authorization, test.id), "invalid_token")
	}
	if h.clients() != 2 {
		t.Errorf("%d clients are stored", h.clients())
	}
}

// RFC 7592 §2.2.
func TestUpdateThatIsRejected(t *testing.T) {
	for _, used := range []bool{false, true} {
		h := newOpenHouse(t, nil)
		authorization, information := h.manage(used, confidentialClient)
		for name, test := range map[string]struct {
			body []byte
			code string
		}{
			"no client_id":          {edited(t, information, "client_id", nil), "invalid_request"},
			"another client_id":     {edited(t, information, "client_id", "other"), "invalid_request"},
			"another client_secret": {edited(t, information, "client_secret", "other"), "invalid_request"},
			"no JSON":               {[]byte("x"), "invalid_request"},
			"no redirect URI":       {edited(t, information, "redirect_uris", nil), "invalid_redirect_uri"},
			"a grant of its own":    {edited(t, information, "grant_types", []string{"client_credentials"}), "invalid_client_metadata"},
		} {
			_, err := h.UpdateRegistration(ctx, authorization, h.id, test.body)
			if err == nil {
				t.Errorf("%s: it is accepted", name)
				continue
			}
			wantCode(t, err, test.code)
		}
		if stored := h.clients() == 1; stored != used {
			t.Errorf("used %v: %d clients are stored", used, h.clients())
		}
	}
}

func TestUpdateKeepsWhatAdministratorsDecided(t *testing.T) {
	h := newOpenHouse(t, nil)
	authorization, information := h.manage(true, confidentialClient)
	if _, err := oauth.ChangeClient(ctx, h.store, h.id, func(c *oauth.Client) error {
		c.OwnerID, c.RequirePKCE, c.AccessTokenTTL = "ada-id", true, oauth.Lifetime(time.Minute)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.UpdateRegistration(ctx, authorization, h.id, edited(t, information, "client_name", "Changed")); err != nil {
		t.Fatal(err)
	}
	c, err := h.store.Client(ctx, h.id)
	if err != nil || c.Name != "Changed" || c.OwnerID != "ada-id" || !c.RequirePKCE || c.AccessTokenTTL != oauth.Lifetime(time.Minute) {
		t.Errorf("got %+v %v", c, err)
	}
	if err := h.store.SwitchClient(ctx, oauth.ClientSwitch{ClientID: h.id, Disabled: true, At: h.now}); err != nil {
		t.Fatal(err)
	}
	_, err = h.ReadRegistration(ctx, authorization, h.id)
	wantCode(t, err, "access_denied")
}

// An update can turn a public application into a confidential one, and back.
func TestUpdateChangesTheClientType(t *testing.T) {
	h := newOpenHouse(t, nil)
	authorization, information := h.manage(true, `{"redirect_uris":["`+callback+`"],"token_endpoint_auth_method":"none"}`)
	got, err := h.UpdateRegistration(ctx, authorization, h.id, edited(t, information, "token_endpoint_auth_method", "client_secret_basic"))
	if err != nil || got["client_secret"] == nil {
		t.Fatalf("got %v %v", got, err)
	}
	h.key, _ = got["client_secret"].(string)
	h.tokens()
	if got, err = h.UpdateRegistration(ctx, authorization, h.id, edited(t, got, "token_endpoint_auth_method", "none")); err != nil || got["client_secret"] != nil {
		t.Fatalf("got %v %v", got, err)
	}
	h.key = ""
	h.tokens()
}

// revokingStore revokes the registration access token of a client after some reads of the client.
type revokingStore struct {
	*memstore.Store
	reads int
}

func (r *revokingStore) Client(ctx context.Context, id string) (*oauth.Client, error) {
	if r.reads--; r.reads == 0 {
		if _, err := oauth.EditClient(ctx, r.Store, id, func(c *oauth.Client) error { return c.RevokeRegistrationToken(c.CreatedAt) }); err != nil {
			return nil, err
		}
	}
	return r.Store.Client(ctx, id)
}

// RFC 7592 §2: also for an update that began before the revocation.
func TestRevokedRegistrationAccessTokenManagesNothing(t *testing.T) {
	for reads := 1; reads <= 2; reads++ {
		var store *revokingStore
		h := newOpenHouse(t, func(c *provider.Config) {
			store = &revokingStore{Store: c.Store.(*memstore.Store)}
			c.Store = store
		})
		authorization, information := h.manage(true, confidentialClient)
		tokens := h.tokens()
		store.reads = reads // the first read checks the token, and the second one is that of the update
		_, err := h.UpdateRegistration(ctx, authorization, h.id, edited(t, information, "client_name", "Again"))
		wantCode(t, err, "invalid_token")
		_, err = h.ReadRegistration(ctx, authorization, h.id)
		wantCode(t, err, "invalid_token")
		wantCode(t, h.DeleteRegistration(ctx, authorization, h.id), "invalid_token")
		c, err := h.store.Client(ctx, h.id)
		if err != nil || c.Name == "Again" || !h.active(tokens.AccessToken) {
			t.Errorf("after %d reads: the application is %+v, %v", reads, c, err)
		}
	}
}

func TestOnlyARegisteredApplicationHasARegistrationAccessToken(t *testing.T) {
	h := newOpenHouse(t, nil)
	h.manage(true, confidentialClient)
	registered, err := h.store.Client(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	first := h.now
	for _, at := range []time.Time{first, first.Add(time.Hour)} {
		if err := registered.RevokeRegistrationToken(at); err != nil || !registered.RegistrationTokenRevokedAt.Equal(first) {
			t.Errorf("revoked at %s, %v", registered.RegistrationTokenRevokedAt, err)
		}
	}
	other := &oauth.Client{ID: "shop"}
	if err := other.RevokeRegistrationToken(first); !errors.Is(err, oauth.ErrNoRegistrationToken) || !other.RegistrationTokenRevokedAt.IsZero() {
		t.Errorf("of an application that was added: %v", err)
	}
}
