package convert

import (
	"database/sql"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestOldSettingsOfAClientAreConverted(t *testing.T) {
	db, err := sql.Open("sqlite", "file:../testdata/before-0.1.0/sqlite.db?mode=ro&immutable=1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	client := func(id string) *oauth.Client {
		t.Helper()
		var old string
		if err := db.QueryRowContext(t.Context(), `SELECT settings FROM client WHERE id = $1`, id).Scan(&old); err != nil {
			t.Fatal(err)
		}
		converted, err := oldSettings(old)
		if err != nil {
			t.Fatal(err)
		}
		c := new(oauth.Client)
		v := struct {
			*oauth.Client
			Secrets []oauth.ClientSecret `json:"secrets"`
		}{Client: c}
		if err := json.Unmarshal([]byte(converted), &v); err != nil {
			t.Fatal(err)
		}
		c.Secrets = v.Secrets
		return c
	}
	const day = 24 * time.Hour
	if c := client("tickets"); c.AccessTokenTTL.Duration() != 24*day || c.RefreshTokenIdleTTL.Duration() != 25*day || c.RefreshTokenTTL.Duration() != 100*day {
		t.Errorf("lifetimes: %+v", c)
	}
	if c := client("web"); c.LogoURL != "https://web.example/logo.png" || c.HomepageURL != "https://web.example/" || len(c.AllowedOrigins) != 1 ||
		c.FrontchannelLogoutURI != "https://web.example/front" || len(c.ResponseTypes) != 0 || len(c.Secrets) != 1 || len(c.Secrets[0].Hash) != 32 {
		t.Errorf("addresses: %+v", c)
	}
	c := client("settings")
	if !reflect.DeepEqual(c.Scopes, oauth.Scopes{"read", "openid", "profile", "offline_access"}) || !reflect.DeepEqual(c.DefaultScopes, oauth.Scopes{"read"}) ||
		!reflect.DeepEqual(c.ResponseTypes, []string{"code", "code id_token", "code id_token token", "code token"}) ||
		!c.RequirePKCE || c.IDTokenAlg != oauth.AlgRS256 || len(c.JWKS) == 0 || c.DefaultMaxAge == nil || *c.DefaultMaxAge != 31536000 {
		t.Errorf("settings: %+v", c)
	}
	// The defaults have changed, but the ID tokens of a client do not.
	for id, alg := range map[string]string{"web": oauth.AlgES256, "tickets": oauth.AlgES256, "sealed": oauth.AlgHS256, "settings": oauth.AlgRS256} {
		if c := client(id); c.IDTokenAlg != alg || !c.OmitProfile || c.OmitIDTokenAtRefresh {
			t.Errorf("the ID tokens of %s: %+v", id, c)
		}
	}
	if c := client("sealed"); c.Secrets[0].Sealed == "" || c.UserInfoAlg != oauth.AlgHS256 {
		t.Errorf("sealed: %+v", c)
	}
}

func TestOldSettingsThatCannotBeReadAreAnError(t *testing.T) {
	for _, text := range []string{``, `[]`, `{"scopes":"read"}`, `{"access_token_ttl":"1h"}`, `{"openid":[]}`} {
		if got, err := oldSettings(text); err == nil {
			t.Errorf("%s becomes %s", text, got)
		}
	}
}
