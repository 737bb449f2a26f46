package oauth_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// claimsOf returns claims as they are read from a JWT.
func claimsOf(t testing.TB, text string) (claims map[string]any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestClaimRulesAcceptExactValuesAndTheBeginningOfNames(t *testing.T) {
	claims := claimsOf(t, `{"sub":"repo:acme/shop:ref:main","repository":"acme/shop","n":7,"big":9007199254740993,"yes":true,"groups":["dev","ops"],"nested":[["dev"]],
		"kubernetes.io":{"namespace":"prod","pod":{"name":"a"}},"https://x.example/role":"admin","empty":"","null":null}`)
	for name, test := range map[string]struct {
		rules oauth.ClaimRules
		unmet string
	}{
		"no rules":                  {nil, ""},
		"the exact value":           {oauth.ClaimRules{"repository": {"acme/shop"}}, ""},
		"one of several values":     {oauth.ClaimRules{"repository": {"acme/blog", "acme/shop"}}, ""},
		"a beginning":               {oauth.ClaimRules{"sub": {"repo:acme/*"}}, ""},
		"any text":                  {oauth.ClaimRules{"sub": {"*"}}, ""},
		"a number":                  {oauth.ClaimRules{"n": {"7"}}, ""},
		"a number beyond a float":   {oauth.ClaimRules{"big": {"9007199254740993"}}, ""},
		"a boolean":                 {oauth.ClaimRules{"yes": {"true"}}, ""},
		"an element of a list":      {oauth.ClaimRules{"groups": {"ops"}}, ""},
		"a member of an object":     {oauth.ClaimRules{"kubernetes.io/namespace": {"prod"}}, ""},
		"a member of a member":      {oauth.ClaimRules{"kubernetes.io/pod/name": {"a"}}, ""},
		"a name with slashes":       {oauth.ClaimRules{"https://x.example/role": {"admin"}}, ""},
		"another value":             {oauth.ClaimRules{"repository": {"acme/blog"}}, "repository"},
		"another case":              {oauth.ClaimRules{"repository": {"Acme/Shop"}}, "repository"},
		"a longer value":            {oauth.ClaimRules{"repository": {"acme/sho"}}, "repository"},
		"another beginning":         {oauth.ClaimRules{"sub": {"repo:acme-evil/*"}}, "sub"},
		"another number":            {oauth.ClaimRules{"big": {"9007199254740992"}}, "big"},
		"false":                     {oauth.ClaimRules{"yes": {"false"}}, "yes"},
		"a missing claim":           {oauth.ClaimRules{"tenant": {"*"}}, "tenant"},
		"an empty claim":            {oauth.ClaimRules{"empty": {"*"}}, "empty"},
		"null":                      {oauth.ClaimRules{"null": {"*", "null"}}, "null"},
		"an object":                 {oauth.ClaimRules{"kubernetes.io": {"*"}}, "kubernetes.io"},
		"a list in a list":          {oauth.ClaimRules{"nested": {"dev"}}, "nested"},
		"one claim is wrong of two": {oauth.ClaimRules{"repository": {"acme/shop"}, "n": {"8"}}, "n"},
	} {
		if unmet := test.rules.Unmet(claims); unmet != test.unmet {
			t.Errorf("%s: unmet is %q, want %q", name, unmet, test.unmet)
		}
	}
}

func TestClaimRulesThatAcceptLongerNamesAreFaults(t *testing.T) {
	for value, faults := range map[string]int{
		"acme/*": 0, "repo:*": 0, "*": 0, "acme": 0, "system.acme.*": 0,
		"acme*": 1, "": 1, "*acme": 1, "a*b": 1, "acme-*": 1, "**": 1,
	} {
		if got := (oauth.ClaimRules{"sub": {value}}).Faults(); len(got) != faults {
			t.Errorf("%q: %q", value, got)
		}
	}
	if got := (oauth.ClaimRules{"sub": nil, "": {"x"}}).Faults(); len(got) != 2 {
		t.Errorf("a rule without values, and a claim without a name: %q", got)
	}
}

func FuzzClaimRules(f *testing.F) {
	f.Add("a/b", "x/*", `{"a":{"b":"x/y"}}`)
	f.Add("sub", "*", `{"sub":["a",1,null]}`)
	f.Fuzz(func(t *testing.T, name, value, text string) {
		var claims map[string]any
		if json.Unmarshal([]byte(text), &claims) != nil {
			return
		}
		rules := oauth.ClaimRules{name: {value}}
		rules.Faults()
		if unmet := rules.Unmet(claims); unmet != "" && unmet != name {
			t.Errorf("unmet is %q", unmet)
		}
		if len(claims) == 0 && rules.Unmet(claims) != name {
			t.Error("a missing claim meets a rule")
		}
	})
}
