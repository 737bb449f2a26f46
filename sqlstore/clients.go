package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// settings are the fields of a client that nobody searches by, kept as JSON.
type settings struct {
	LogoURL                string               `json:"logo_url,omitempty"`
	HomepageURL            string               `json:"homepage_url,omitempty"`
	Secrets                []oauth.ClientSecret `json:"secrets,omitempty"`
	RedirectURIs           []string             `json:"redirect_uris,omitempty"`
	PostLogoutRedirectURIs []string             `json:"post_logout_redirect_uris,omitempty"`
	AllowedOrigins         []string             `json:"allowed_origins,omitempty"`
	GrantTypes             []string             `json:"grant_types"`
	Scopes                 oauth.Scopes         `json:"scopes,omitempty"`
	DefaultScopes          oauth.Scopes         `json:"default_scopes,omitempty"`
	SkipAuthorization      bool                 `json:"skip_authorization,omitempty"`
	RequirePKCE            bool                 `json:"require_pkce,omitempty"`
	ResourceServer         bool                 `json:"resource_server,omitempty"`
	AccessTokenFormat      oauth.TokenFormat    `json:"access_token_format,omitempty"`
	AccessTokenTTL         time.Duration        `json:"access_token_ttl,omitempty"`
	RefreshTokenIdleTTL    time.Duration        `json:"refresh_token_idle_ttl,omitempty"`
	RefreshTokenTTL        time.Duration        `json:"refresh_token_ttl,omitempty"`
	OpenID                 oauth.ClientOpenID   `json:"openid,omitzero"`
}

func writeSettings(c *oauth.Client) (string, error) {
	text, err := json.Marshal(settings{
		c.LogoURL, c.HomepageURL, c.Secrets, c.RedirectURIs, c.PostLogoutRedirectURIs, c.AllowedOrigins, c.GrantTypes,
		c.Scopes, c.DefaultScopes, c.SkipAuthorization, c.RequirePKCE, c.ResourceServer,
		c.AccessTokenFormat, c.AccessTokenTTL, c.RefreshTokenIdleTTL, c.RefreshTokenTTL, c.ClientOpenID,
	})
	return string(text), err
}

// settingsOf reads the JSON column into a client.
type settingsOf struct{ c *oauth.Client }

func (s settingsOf) Scan(value any) error {
	raw, ok := value.(string)
	if !ok {
		return fmt.Errorf("client settings are %T", value)
	}
	var v settings
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		return err
	}
	c := s.c
	c.LogoURL, c.HomepageURL, c.Secrets, c.RedirectURIs = v.LogoURL, v.HomepageURL, v.Secrets, v.RedirectURIs
	c.PostLogoutRedirectURIs, c.AllowedOrigins, c.GrantTypes = v.PostLogoutRedirectURIs, v.AllowedOrigins, v.GrantTypes
	c.Scopes, c.DefaultScopes, c.SkipAuthorization = v.Scopes, v.DefaultScopes, v.SkipAuthorization
	c.RequirePKCE, c.ResourceServer, c.AccessTokenFormat = v.RequirePKCE, v.ResourceServer, v.AccessTokenFormat
	c.AccessTokenTTL, c.RefreshTokenIdleTTL, c.RefreshTokenTTL = v.AccessTokenTTL, v.RefreshTokenIdleTTL, v.RefreshTokenTTL
	c.ClientOpenID = v.OpenID
	return nil
}

const clientColumns = `t.id, t.name, t.type, t.owner_id, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.settings`

func clientFields(c *oauth.Client) []any {
	return []any{
		&c.ID, &c.Name, (*string)(&c.Type), &c.OwnerID,
		flag{&c.Disabled},
		at{&c.RevokedBefore},
		at{&c.CreatedAt},
		at{&c.UpdatedAt},
		&c.Version,
		settingsOf{c},
	}
}

// Client finds a client.
func (s *Store) Client(ctx context.Context, id string) (*oauth.Client, error) {
	c := new(oauth.Client)
	err := s.row(ctx, `SELECT `+clientColumns+` FROM client t WHERE t.id = $1`, id).Scan(clientFields(c)...)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// configure runs a job that changes what processes keep in memory, and tells
// them. The row of the version is taken first, so that such jobs of several
// processes come one after the other.
func (s *Store) configure(ctx context.Context, run func(*tx) error) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.Exec(`UPDATE config_version SET version = version + 1 WHERE id = 1`); err != nil {
			return err
		}
		return run(t)
	})
	if err == nil {
		s.version.Add(1)
	}
	return err
}

// CreateClient adds a client. Whatever was issued under this client_id before
// stays dead.
func (s *Store) CreateClient(ctx context.Context, c *oauth.Client) error {
	text, err := writeSettings(c)
	if err != nil {
		return err
	}
	if before := c.CreatedAt.Add(-time.Millisecond); !c.CreatedAt.IsZero() && c.RevokedBefore.Before(before) {
		c.RevokedBefore = before
	}
	err = s.configure(ctx, func(t *tx) error {
		added, err := t.Count(`INSERT INTO client (id, name, type, owner_id, disabled, revoked_before, created_at, updated_at, version, settings)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9) ON CONFLICT (id) DO NOTHING`,
			c.ID, c.Name, string(c.Type), c.OwnerID, number(c.Disabled), ms(c.RevokedBefore), ms(c.CreatedAt), ms(c.UpdatedAt), text)
		if err == nil && added == 0 {
			err = errConflict
		}
		return err
	})
	if err == nil {
		c.Version = 1
	}
	return err
}

// UpdateClient saves a client.
func (s *Store) UpdateClient(ctx context.Context, c *oauth.Client) error {
	text, err := writeSettings(c)
	if err != nil {
		return err
	}
	err = s.configure(ctx, func(t *tx) error {
		changed, err := t.Count(`UPDATE client SET name = $1, type = $2, owner_id = $3, disabled = $4, revoked_before = $5, updated_at = $6,
			version = version + 1, settings = $7 WHERE id = $8 AND version = $9`,
			c.Name, string(c.Type), c.OwnerID, number(c.Disabled), ms(c.RevokedBefore), ms(c.UpdatedAt), text, c.ID, c.Version)
		if err != nil || changed == 1 {
			return err
		}
		return t.conflictOrGone(`SELECT 1 FROM client WHERE id = $1`, c.ID)
	})
	if err == nil {
		c.Version++
	}
	return err
}

// conflictOrGone tells why a conditional change matched no row.
func (t *tx) conflictOrGone(query string, args ...any) error {
	var one int
	if err := t.Row(query, args...).Scan(&one); err != nil {
		return err
	}
	return errConflict
}

// DeleteClient removes a client and what hangs on it.
func (s *Store) DeleteClient(ctx context.Context, id string) error {
	return s.configure(ctx, func(t *tx) error {
		gone, err := t.Count(`DELETE FROM client WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if gone == 0 {
			return errNotFound
		}
		for _, statement := range []string{
			`DELETE FROM consent WHERE client_id = $1`, `DELETE FROM code WHERE client_id = $1`, `DELETE FROM family WHERE client_id = $1`,
		} {
			if err := t.Exec(statement, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// ClientUsage counts what hangs on a client.
func (s *Store) ClientUsage(ctx context.Context, id string, now time.Time) (oauth.ClientUsage, error) {
	var u oauth.ClientUsage
	err := s.row(ctx, `SELECT
		(SELECT count(*) FROM family WHERE client_id = $1 AND revoked_at = 0 AND idle_expires_at > $2 AND expires_at > $2),
		(SELECT count(*) FROM access_token WHERE client_id = $1 AND expires_at > $2),
		(SELECT count(*) FROM consent WHERE client_id = $1)`, id, ms(now)).Scan(&u.Families, &u.AccessTokens, &u.Consents)
	return u, err
}

// RevokeFamilies ends families.
func (s *Store) RevokeFamilies(ctx context.Context, ids []oauth.ID, when time.Time) error {
	return s.write(ctx, func(t *tx) error {
		for _, id := range ids {
			if err := t.Exec(`UPDATE family SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, ms(when), id[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteAccessTokens ends access tokens.
func (s *Store) DeleteAccessTokens(ctx context.Context, ids []oauth.ID) error {
	return s.write(ctx, func(t *tx) error {
		for _, id := range ids {
			if err := t.Exec(`DELETE FROM access_token WHERE id = $1`, id[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// RevokeClient ends everything issued to a client.
func (s *Store) RevokeClient(ctx context.Context, id string, when time.Time) error {
	return s.configure(ctx, func(t *tx) error {
		found, err := t.Count(`UPDATE client SET version = version + 1,
			revoked_before = CASE WHEN revoked_before < $1 THEN $1 ELSE revoked_before END WHERE id = $2`, ms(when), id)
		if err == nil && found == 0 {
			err = errNotFound
		}
		return err
	})
}
