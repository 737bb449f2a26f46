package oauth_test

import (
	"encoding/json"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func FuzzWorkloadRules(f *testing.F) {
	f.Add(`[{"issuer":"https://i.example","subject":"a:*","claims":{"x":["y"]},"once":true}]`, `{"sub":"a:b","x":"y"}`)
	f.Add(`[{}]`, `{}`)
	f.Fuzz(func(t *testing.T, text, claims string) {
		rules, err := oauth.ParseWorkloadRules(json.RawMessage(text))
		var all map[string]any
		if err != nil || json.Unmarshal([]byte(claims), &all) != nil {
			return
		}
		for _, rule := range rules {
			if rule.Accepts(rule.Issuer+"x", all) || rule.Subject == "" && rule.Accepts(rule.Issuer, all) {
				t.Errorf("%s accepts %s", text, claims)
			}
			rule.Faults()
		}
	})
}
