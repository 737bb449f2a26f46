package latchkey_test

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// These functions contain the code of docs/how-to/add-claims-and-lifetimes.md and
// docs/how-to/webhooks.md.

// companyDirectory is the database of a host program about its people.
type companyDirectory struct{}

func (companyDirectory) DepartmentOf(_ context.Context, subject string) (string, error) {
	return "department of " + subject, nil
}

func (companyDirectory) TeamOf(_ context.Context, subject string) (string, error) {
	return "team of " + subject, nil
}

func (companyDirectory) TenantOf(_ context.Context, subject string) (string, error) {
	return "tenant of " + subject, nil
}

func addClaims(options *latchkey.Options, directory companyDirectory) {
	options.AddedClaims = []string{"department"}
	options.AddClaims = func(ctx context.Context, t oauth.TokenInfo, target oauth.ClaimsTarget) (map[string]any, error) {
		if t.Subject == "" || target == oauth.ClaimsOfUserInfo {
			return nil, nil // nothing to add
		}
		department, err := directory.DepartmentOf(ctx, t.Subject)
		if err != nil {
			return nil, err
		}
		return map[string]any{"department": department}, nil
	}
}

func claimsOfScopes(options *latchkey.Options, directory companyDirectory) {
	options.Scopes = []oauth.ScopeInfo{
		{Name: "orders", Description: "See your orders", Weight: oauth.WeightRead},
		{Name: "team", Description: "See your team", Claims: []string{"team"}},
	}
	options.Claims = func(ctx context.Context, q oauth.ClaimsQuery) (map[string]any, error) {
		team, err := directory.TeamOf(ctx, q.Subject)
		if err != nil {
			return nil, err
		}
		return map[string]any{"team": team}, nil
	}
}

func metadataOfApplications(options *latchkey.Options) {
	options.AddClaims = func(_ context.Context, t oauth.TokenInfo, _ oauth.ClaimsTarget) (map[string]any, error) {
		var customer struct{ Plan string }
		if len(t.Client.Metadata) > 0 {
			if err := json.Unmarshal(t.Client.Metadata, &customer); err != nil {
				return nil, err
			}
		}
		return map[string]any{"plan": customer.Plan}, nil
	}
}

func metadataOfPeople(ctx context.Context, server *latchkey.Server, t oauth.TokenInfo) (json.RawMessage, error) {
	metadata, err := server.PersonMetadata(ctx, t.Subject)
	return metadata, err
}

func metadataOfTokens(options *latchkey.Options, directory companyDirectory) {
	options.TokenMetadata = func(ctx context.Context, t oauth.TokenInfo) (json.RawMessage, error) {
		tenant, err := directory.TenantOf(ctx, t.Subject)
		if err != nil {
			return nil, err
		}
		return json.Marshal(map[string]any{"tenant": tenant})
	}
	options.AddClaims = func(ctx context.Context, t oauth.TokenInfo, target oauth.ClaimsTarget) (map[string]any, error) {
		if target != oauth.ClaimsOfIntrospection || len(t.Metadata) == 0 {
			return nil, nil
		}
		return map[string]any{"customer": t.Metadata}, nil
	}
}

func lifetimesAndFormat(options *latchkey.Options) {
	options.TokenLifetimes = func(ctx context.Context, t oauth.TokenInfo) (oauth.Lifetimes, error) {
		switch {
		case t.Scope.Contains("payments"):
			return oauth.Lifetimes{AccessToken: 5 * time.Minute}, nil
		case t.GrantType == oauth.GrantDeviceCode:
			return oauth.Lifetimes{RefreshTokenIdle: 90 * 24 * time.Hour}, nil
		}
		return oauth.Lifetimes{}, nil
	}
	options.TokenFormat = func(ctx context.Context, t oauth.TokenInfo) (oauth.TokenFormat, error) {
		if t.Scope.Contains("payments") {
			return oauth.Opaque, nil // a revocation takes effect at once
		}
		return "", nil
	}
}

func webhooks(options *latchkey.Options) {
	options.Webhooks = []oauth.Webhook{{
		Name:    "audit",
		URL:     "https://audit.example.com/latchkey",
		Secrets: []string{os.Getenv("AUDIT_SECRET")}, // whsec_…
		Events:  []string{oauth.EventLogin, oauth.EventToken},
	}}
}
