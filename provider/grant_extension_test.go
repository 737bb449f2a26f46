package provider_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

const voucherType = "urn:example:grant-type:voucher"

// vouchers is a host program with a grant of its own.
type vouchers struct {
	decision oauth.ExtensionDecision
	err      error
	asked    oauth.ExtensionRequest
}

func (v *vouchers) decide(_ context.Context, r oauth.ExtensionRequest) (oauth.ExtensionDecision, error) {
	v.asked = r
	return v.decision, v.err
}

func (v *vouchers) house(t *testing.T, change func(*provider.Config, *oauth.Client)) *house {
	return newOpenIDHouse(t, func(c *provider.Config, client *oauth.Client) {
		c.Grants = []oauth.ExtensionGrant{{Type: voucherType, Params: []string{"voucher"}, Decide: v.decide}}
		client.GrantTypes = append(client.GrantTypes, voucherType)
		if change != nil {
			change(c, client)
		}
	})
}

// TestExtensionGrantIssuesTokens: RFC 6749 §4.5. The tokens are those that any other
// grant would issue.
func TestExtensionGrantIssuesTokens(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		v := &vouchers{}
		h := v.house(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		v.decision = oauth.ExtensionDecision{Subject: "ada-id", AuthTime: h.now, ACR: "counter", AMR: []string{"kba"}, Refreshable: true}
		response, err := h.token("grant_type", voucherType, "voucher", "42", "scope", "openid read")
		if err != nil {
			t.Fatal(err)
		}
		claims := h.payload(response.IDToken)
		if claims["sub"] != "ada-id" || claims["acr"] != "counter" || response.Scope != "openid read" {
			t.Errorf("%+v %v", response, claims)
		}
		if found, err := h.CheckAccessToken(ctx, response.AccessToken); err != nil || found.Subject != "ada-id" {
			t.Errorf("%+v %v", found, err)
		}
		again, err := h.refresh(response.RefreshToken)
		if err != nil || again.Scope != "openid read" {
			t.Errorf("%+v %v", again, err)
		}
		if r := v.asked; r.Client.ID != h.id || r.Params.Get("voucher") != "42" || r.Scope.String() != "openid read" || !r.Now.Equal(h.now) || r.Params.Has("client_secret") {
			t.Errorf("the grant was asked %+v", r)
		}
		if err := h.store.SetSubject(ctx, "ada-id", true, time.Time{}); err != nil {
			t.Fatal(err)
		}
		_, err = h.token("grant_type", voucherType, "voucher", "42", "scope", "read")
		wantCode(t, err, oauth.CodeInvalidGrant)
	}
}

// A token for something that is not a login has no auth_time, so an API that asks for a
// recent login refuses it (RFC 9068 §2.2.1, RFC 9470).
func TestTokenWithoutALoginHasNoAuthTime(t *testing.T) {
	for name, login := range map[string]bool{"a voucher": false, "a login": true} {
		v := &vouchers{decision: oauth.ExtensionDecision{Subject: "ada-id", Refreshable: true}}
		h := v.house(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
		if login {
			v.decision.AuthTime = h.now
		}
		response, err := h.token("grant_type", voucherType, "voucher", "42", "scope", "read")
		if err != nil {
			t.Fatal(err)
		}
		again, err := h.refresh(response.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{response.AccessToken, again.AccessToken} {
			if claims := h.payload(token); (claims["auth_time"] != nil) != login || claims["sub"] != "ada-id" {
				t.Errorf("%s: the claims are %v", name, claims)
			}
		}
	}
}

// The decision of a host program cannot exceed what the protocol allows.
func TestExtensionGrantIsBoundedByTheProtocol(t *testing.T) {
	public := func(_ *provider.Config, c *oauth.Client) { c.Type, c.Secrets = oauth.Public, nil }
	for name, test := range map[string]struct {
		change    func(*provider.Config, *oauth.Client)
		decision  oauth.ExtensionDecision
		err       error
		parameter string
		scope     string
		want      string // the scope or the code of the error; "failure" is one of the server
	}{
		"a client that acts for itself":      {nil, oauth.ExtensionDecision{}, nil, "", "openid read", "read"},
		"with a refresh token":               {nil, oauth.ExtensionDecision{Refreshable: true}, nil, "", "read", "read"},
		"a public client that acts so":       {public, oauth.ExtensionDecision{}, nil, "", "read", oauth.CodeUnauthorizedClient},
		"only scopes about a person":         {nil, oauth.ExtensionDecision{}, nil, "", "openid", oauth.CodeInvalidScope},
		"a person who did not log in":        {nil, oauth.ExtensionDecision{Subject: "ada-id"}, nil, "", "openid read", "read"},
		"a narrower scope":                   {nil, oauth.ExtensionDecision{Scope: oauth.Scopes{"read"}}, nil, "", "read write", "read"},
		"more than was requested":            {nil, oauth.ExtensionDecision{Scope: oauth.Scopes{"read", "write"}}, nil, "", "read", "read"},
		"something else than was requested":  {nil, oauth.ExtensionDecision{Scope: oauth.Scopes{"write"}}, nil, "", "read", oauth.CodeInvalidScope},
		"an unknown scope":                   {nil, oauth.ExtensionDecision{}, nil, "", "root", oauth.CodeInvalidScope},
		"a login in the future":              {nil, oauth.ExtensionDecision{Subject: "ada-id", AuthTime: time.Now().AddDate(50, 0, 0)}, nil, "", "read", "failure"},
		"a subject that cannot be stored":    {nil, oauth.ExtensionDecision{Subject: "a\x00"}, nil, "", "read", "failure"},
		"a subject that is the client_id":    {nil, oauth.ExtensionDecision{Subject: "client_id"}, nil, "", "read", "failure"},
		"a subject that is too long":         {nil, oauth.ExtensionDecision{Subject: strings.Repeat("a", 256)}, nil, "", "read", "failure"},
		"once without a person":              {nil, oauth.ExtensionDecision{Once: "42"}, nil, "", "read", "failure"},
		"once with a long ID":                {nil, oauth.ExtensionDecision{Subject: "ada-id", Once: strings.Repeat("4", 257)}, nil, "", "read", "failure"},
		"once with the longest ID":           {nil, oauth.ExtensionDecision{Subject: "ada-id", Once: strings.Repeat("4", 256)}, nil, "", "read", "read"},
		"an error for the client":            {nil, oauth.ExtensionDecision{}, oauth.Errorf(oauth.CodeInvalidGrant, "Unknown voucher."), "", "read", oauth.CodeInvalidGrant},
		"an error of the host":               {nil, oauth.ExtensionDecision{}, errors.New("no database"), "", "read", "unavailable"},
		"a repeated parameter":               {nil, oauth.ExtensionDecision{}, nil, "43", "read", oauth.CodeInvalidRequest},
		"a client without the grant":         {func(_ *provider.Config, c *oauth.Client) { c.GrantTypes = provider.GrantTypes() }, oauth.ExtensionDecision{}, nil, "", "read", oauth.CodeUnauthorizedClient},
		"a person who has no account":        {people, oauth.ExtensionDecision{Subject: "eve-id"}, nil, "", "read", "failure"},
		"a person who has an account":        {people, oauth.ExtensionDecision{Subject: "ada-id"}, nil, "", "read", "read"},
		"people who cannot be looked up":     {people, oauth.ExtensionDecision{Subject: "unavailable"}, nil, "", "read", "unavailable"},
		"a scope that the client cannot get": {func(_ *provider.Config, c *oauth.Client) { c.Scopes = oauth.Scopes{"read"} }, oauth.ExtensionDecision{}, nil, "", "write", oauth.CodeInvalidScope},
	} {
		v := &vouchers{decision: test.decision, err: test.err}
		h := v.house(t, test.change)
		if v.decision.Subject == "client_id" {
			v.decision.Subject = h.id
		}
		request := params(t, "client_id", h.id, "client_secret", h.key, "grant_type", voucherType, "voucher", "42", "scope", test.scope)
		if test.parameter != "" {
			request = request.With("voucher", test.parameter)
		}
		response, err := h.Token(ctx, "", request)
		var got string
		visible, isVisible := errors.AsType[*oauth.Error](err)
		switch {
		case isVisible:
			got = visible.Code
		case errors.Is(err, oauth.ErrUnavailable):
			got = "unavailable"
		case err != nil:
			got = "failure"
		default:
			got = response.Scope
			if response.RefreshToken != "" || response.IDToken != "" {
				t.Errorf("%s: %+v", name, response)
			}
		}
		if got != test.want {
			t.Errorf("%s: got %s %v, want %s", name, got, err, test.want)
		}
	}
}

// people is a server whose own pages log people in.
func people(c *provider.Config, _ *oauth.Client) {
	c.OwnLogin, c.ACRValues = true, nil
	c.FindPerson = func(_ context.Context, q oauth.PersonQuery) (string, error) {
		switch {
		case q.Value == "unavailable":
			return "", oauth.ErrUnavailable
		case q.By != oauth.PersonBySubject || q.Value != "ada-id":
			return "", oauth.ErrNotFound
		}
		return q.Value, nil
	}
}

// TestOneOfManyConcurrentUsesOfAVoucherGetsTokens also shows that another voucher, and
// the same number of another grant type, is another thing.
func TestOneOfManyConcurrentUsesOfAVoucherGetsTokens(t *testing.T) {
	decide := func(_ context.Context, r oauth.ExtensionRequest) (oauth.ExtensionDecision, error) {
		return oauth.ExtensionDecision{Subject: "ada-id", Once: r.Params.Get("voucher")}, nil
	}
	h := new(vouchers).house(t, func(c *provider.Config, client *oauth.Client) {
		c.Grants = []oauth.ExtensionGrant{{Type: voucherType, Params: []string{"voucher"}, Decide: decide}, {Type: voucherType + "2", Decide: decide}}
		client.GrantTypes = append(client.GrantTypes, voucherType+"2")
	})
	errs := make([]error, 20)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, errs[i] = h.token("grant_type", voucherType, "voucher", "42", "scope", "read") })
	}
	group.Wait()
	won := slices.IndexFunc(errs, func(err error) bool { return err == nil })
	if won < 0 {
		t.Fatal(errs)
	}
	for i, err := range errs {
		if i != won {
			wantCode(t, err, oauth.CodeInvalidGrant)
		}
	}
	for _, other := range [][]string{{"grant_type", voucherType, "voucher", "43"}, {"grant_type", voucherType + "2", "voucher", "42"}} {
		if _, err := h.token(append(other, "scope", "read")...); err != nil {
			t.Errorf("%v: %v", other, err)
		}
	}
}

// A voucher is used up for all clients and for good, also after the client that used it was
// deleted: nothing that a grant returns determines how long the server remembers it.
func TestAUsedVoucherIsNeverAcceptedAgain(t *testing.T) {
	decide := func(_ context.Context, r oauth.ExtensionRequest) (oauth.ExtensionDecision, error) {
		return oauth.ExtensionDecision{Subject: "ada-id", Once: r.Params.Get("voucher")}, nil
	}
	h := new(vouchers).house(t, func(c *provider.Config, _ *oauth.Client) {
		c.Grants = []oauth.ExtensionGrant{{Type: voucherType, Params: []string{"voucher"}, Decide: decide}}
	})
	second := &oauth.Client{ID: oauth.NewClientID(), Name: "Second", Type: oauth.Confidential, GrantTypes: []string{voucherType}}
	secret := second.RotateSecret(h.now, 0)
	if err := h.store.CreateClient(ctx, second); err != nil {
		t.Fatal(err)
	}
	use := []string{"grant_type", voucherType, "voucher", "RYE", "scope", "read"}
	if _, err := h.token(use...); err != nil {
		t.Fatal(err)
	}
	for _, wait := range []time.Duration{time.Millisecond, time.Minute, 25 * time.Hour, 100 * 24 * time.Hour, 20 * 365 * 24 * time.Hour} {
		h.pass(wait)
		_, err := h.token(use...)
		wantCode(t, err, oauth.CodeInvalidGrant)
	}
	if err := h.store.DeleteClient(ctx, h.id); err != nil {
		t.Fatal(err)
	}
	h.id, h.key = second.ID, secret
	_, err := h.token(use...)
	wantCode(t, err, oauth.CodeInvalidGrant)
	if _, err := h.token("grant_type", voucherType, "voucher", "OATS", "scope", "read"); err != nil {
		t.Errorf("another voucher: %v", err)
	}
}

func TestExtensionGrantIsAGrantTypeOfTheServer(t *testing.T) {
	h := new(vouchers).house(t, nil)
	document, err := h.Metadata()
	if err != nil || !strings.Contains(string(document.Body), voucherType) {
		t.Errorf("%s %v", document.Body, err)
	}
	valid := func(types ...string) bool {
		c := h.client()
		c.GrantTypes = types
		return len(h.ValidateClient(c)) == 0
	}
	if !valid(voucherType) || !valid(voucherType, oauth.GrantRefreshToken) || valid("urn:example:other") || valid(oauth.GrantRefreshToken) {
		t.Error("the grant type is not treated as one of the server")
	}
	decide := new(vouchers).decide
	for _, grant := range []oauth.ExtensionGrant{
		{Type: "voucher", Decide: decide},
		{Type: "", Decide: decide},
		{Type: "urn:x:y#z", Decide: decide},
		{Type: oauth.GrantDeviceCode, Decide: decide},
		{Type: voucherType},
		{Type: voucherType, Decide: decide, Params: []string{"scope"}},
		{Type: voucherType, Decide: decide, Params: []string{""}},
	} {
		config := provider.Config{Issuer: issuer, Store: h.store, MasterKey: make([]byte, 32), Grants: []oauth.ExtensionGrant{grant}}
		if _, err := provider.New(ctx, config); err == nil || !strings.Contains(err.Error(), "Grants: ") {
			t.Errorf("%+v: %v", grant, err)
		}
	}
	config := provider.Config{Issuer: issuer, Store: h.store, MasterKey: make([]byte, 32)}
	config.Grants = []oauth.ExtensionGrant{{Type: voucherType, Decide: decide}, {Type: voucherType, Decide: decide}}
	if _, err := provider.New(ctx, config); err == nil {
		t.Error("two grants have the same type")
	}
}
