package provider_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// twoFactorHouse is definedHouse with its own accounts, where a person has used one of two factors.
func twoFactorHouse(t *testing.T) (*house, *definedStore) {
	store := new(definedStore)
	h := newOpenIDHouse(t, func(c *provider.Config, _ *oauth.Client) {
		store.Store = c.Store
		c.Store, c.Scopes, c.DefaultScopes, c.OwnLogin, c.ACRValues = store, nil, nil, true, nil
	})
	h.who.Assurance = &oauth.Assurance{Level: 1, Reachable: 2}
	h.who.AuthTime = h.now
	return h, store
}

// redefine changes a definition in the Store.
func redefine(t *testing.T, h *house, kind oauth.DefinitionKind, name, settings string, version int64) {
	t.Helper()
	if err := h.Store.UpdateDefinition(ctx, oauth.Definition{Kind: kind, Name: name, Settings: json.RawMessage(settings), Version: version, UpdatedAt: h.now}, 0); err != nil {
		t.Fatal(err)
	}
}

// undefine removes a definition from the Store.
func undefine(t *testing.T, h *house, kind oauth.DefinitionKind, name string) {
	t.Helper()
	if err := h.Store.RemoveDefinition(ctx, kind, name, 0, 0); err != nil {
		t.Fatal(err)
	}
}

// TestFaultOfAScopeDoesNotRemoveItsSecondFactor: a newer release adds a condition that this one
// cannot read. No more tokens are issued for the scope, with or without a second factor.
func TestFaultOfAScopeDoesNotRemoveItsSecondFactor(t *testing.T) {
	h, store := twoFactorHouse(t)
	define(t, store, oauth.DefinesScope, "pay", `{}`)
	tokens := h.tokens("scope", "pay")
	redefine(t, h, oauth.DefinesScope, "pay", `{"second_factor":true}`, 1)
	_, err := h.refresh(tokens.RefreshToken)
	wantCode(t, err, oauth.CodeInvalidGrant)
	redefine(t, h, oauth.DefinesScope, "pay", `{"second_factor":true,"needs_approval":true}`, 2)
	_, err = h.refresh(tokens.RefreshToken)
	wantCode(t, err, oauth.CodeInvalidScope)
	// The refresh token was not used up: the row can be corrected.
	redefine(t, h, oauth.DefinesScope, "pay", `{}`, 3)
	if next, err := h.refresh(tokens.RefreshToken); err != nil || next.Scope != "pay" {
		t.Errorf("afterwards: %+v %v", next, err)
	}
}

// TestOpenRequestDoesNotGetADeletedScope: it gets the others, and an error if it has no others.
func TestOpenRequestDoesNotGetADeletedScope(t *testing.T) {
	for scope, want := range map[string]string{"pay read": "read", "pay": ""} {
		h, store := twoFactorHouse(t)
		define(t, store, oauth.DefinesScope, "pay", `{"second_factor":true}`)
		r, err := h.ask("scope", scope)
		if err != nil {
			t.Fatal(err)
		}
		if step, err := h.Next(ctx, r, &h.who); err != nil || step != provider.StepSecondFactor {
			t.Fatalf("before: %+v %v", step, err)
		}
		undefine(t, h, oauth.DefinesScope, "pay")
		r.Show(h.who)
		response, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true)
		if want == "" {
			if err == nil {
				t.Errorf("%s: approved: %v", scope, response.Fields)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := h.exchange(response.Fields[slices.Index(response.Fields, "code")+1]); err != nil || got.Scope != want {
			t.Errorf("%s: %+v %v", scope, got, err)
		}
	}
}

// TestCodeDoesNotGiveADeletedScope that existed when the person agreed.
func TestCodeDoesNotGiveADeletedScope(t *testing.T) {
	h, store := definedHouse(t)
	define(t, store, oauth.DefinesScope, "pay", `{}`)
	code := h.code("scope", "read pay")
	undefine(t, h, oauth.DefinesScope, "pay")
	if got, err := h.exchange(code); err != nil || got.Scope != "read" {
		t.Errorf("got %+v %v", got, err)
	}
}

// TestRefreshDoesNotIssueADeletedScope: neither the response nor the description of the new
// access token has it, and it cannot be requested. It is issued again after it was added again.
func TestRefreshDoesNotIssueADeletedScope(t *testing.T) {
	h, store := definedHouse(t)
	define(t, store, oauth.DefinesScope, "pay", `{}`)
	tokens := h.tokens("scope", "openid read pay")
	undefine(t, h, oauth.DefinesScope, "pay")
	_, err := h.refresh(tokens.RefreshToken, "scope", "pay")
	wantCode(t, err, oauth.CodeInvalidScope)
	next, err := h.refresh(tokens.RefreshToken)
	if err != nil || next.Scope != "openid read" {
		t.Fatalf("got %+v %v", next, err)
	}
	if found, err := h.CheckAccessToken(ctx, next.AccessToken); err != nil || !found.Active || found.Scope != "openid read" {
		t.Errorf("got %+v %v", found, err)
	}
	define(t, store, oauth.DefinesScope, "pay", `{}`)
	if next, err = h.refresh(next.RefreshToken); err != nil || !strings.Contains(next.Scope, "pay") {
		t.Errorf("afterwards: %+v %v", next, err)
	}
}

// TestTokenHasANewScopeOfAHostProgram that this process has not read yet: another process has
// issued the token.
func TestTokenHasANewScopeOfAHostProgram(t *testing.T) {
	var table scopeTable
	h := table.house(t, "read", "ship")
	token := h.tokens("scope", "read ship").AccessToken
	table.set(nil, "read")
	h.pass(5 * time.Second)
	if err := h.ReadScopes(ctx); err != nil {
		t.Fatal(err)
	}
	if found, err := h.CheckAccessToken(ctx, token); err != nil || found.Scope != "read ship" {
		t.Errorf("got %+v %v", found, err)
	}
	define(t, h.Store, oauth.DefinesScope, "ship", `{"newer":true}`)
	if found, err := h.CheckAccessToken(ctx, token); err != nil || found.Scope != "read" {
		t.Errorf("with a fault in the Store: %+v %v", found, err)
	}
}
