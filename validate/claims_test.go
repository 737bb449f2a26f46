package validate_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// OpenID Connect Core §5.1.
func TestStandardClaimsHaveTheFormOfTheSpecification(t *testing.T) {
	for name, values := range map[string]struct{ valid, invalid []string }{
		"birthdate": {
			[]string{`"1999-12-31"`, `"0000-02-29"`, `"1815"`},
			[]string{`"31.12.1999"`, `"1999-02-30"`, `"1999-1-1"`, `"0000"`, `"0000-13-01"`, `"99"`, `"1999-12-31T00:00:00Z"`, `"+1999"`, `1999`, `""`, `null`, `" 1999-12-31"`},
		},
		"locale": {
			[]string{`"en"`, `"en-GB"`, `"zh-Hant-TW"`, `"de-CH-1996"`},
			[]string{`"xx??"`, `"en_US"`, `"english"`, `"xx-ZZZZ"`, `"en-GB,de"`, `["en"]`, `""`},
		},
		"zoneinfo": {
			[]string{`"Europe/Paris"`, `"America/Argentina/Buenos_Aires"`, `"UTC"`},
			[]string{`"Mars/Base"`, `"Local"`, `"../../etc/passwd"`, `"europe/paris"`, `"CEST"`, `"+01:00"`, `1`, `""`},
		},
		"phone_number": {
			[]string{`"+1 (425) 555-1212"`, `"+56 (2) 687 2400"`, `"+1 (604) 555-1234;ext=5678"`, `"+442079460000"`},
			[]string{`"abc"`, `"020 7946 0000"`, `"+"`, `"+1"`, `"+44 20 7946 0000 0000"`, `"+44 20 x12 9999"`, `"+442079460000;ext="`, `442079460000`, `""`},
		},
		"address": {
			[]string{`{"formatted":"12 High St\nLondon","country":"GB"}`, `{"street_address":"12 High St","floor":"3"}`},
			[]string{`"12 High St"`, `{}`, `null`, `[]`, `{"postal_code":12345}`, `{"country":null}`, `{"region":""}`, `{"floor":3}`},
		},
		"email_verified":        {[]string{`true`, `false`}, []string{`"true"`, `1`, `null`, `"yes"`, `{}`}},
		"phone_number_verified": {[]string{`true`, `false`}, []string{`"false"`, `0`, `null`}},
		"updated_at":            {[]string{`0`, `1700000000`, `1700000000.5`}, []string{`"2023-11-14"`, `"1700000000"`, `-1`, `true`, `null`}},
		"website":               {[]string{`"https://ada.example/~ada"`, `"http://ada.example"`}, []string{`"ada.example"`, `"javascript:alert(1)"`, `"https://"`, `"https:///x"`, `"https://:443/"`, `"//ada.example"`, `1`, `""`}},
		"picture":               {[]string{`"https://ada.example/a.png"`}, []string{`"data:image/png;base64,AA"`, `"a.png"`, `null`}},
		"profile":               {[]string{`"https://ada.example/"`}, []string{`"ftp://ada.example/"`, `{}`}},
		"email":                 {[]string{`"ada@example.com"`}, []string{`"ada"`, `"Ada <ada@example.com>"`, `"a@b, c@d"`, `1`}},
		"name":                  {[]string{`"Ada Lovelace"`}, []string{`1`, `["Ada"]`, `""`, `null`, `"` + strings.Repeat("a", 501) + `"`}},
		"given_name":            {[]string{`"Ada"`}, []string{`true`}},
		"family_name":           {[]string{`"Lovelace"`}, []string{`{}`}},
		"middle_name":           {[]string{`"King"`}, []string{`1`}},
		"nickname":              {[]string{`"ada"`}, []string{`1`}},
		"gender":                {[]string{`"female"`, `"other"`}, []string{`1`}},
		"preferred_username":    {[]string{`"ada"`}, []string{`1`}},
		"nickname#fr":           {[]string{`"Adé"`}, []string{`1`}},
		"nickname#x_y":          {nil, []string{`"Ada"`}},
		"groups":                {[]string{`["staff"]`, `null`, `1`}, nil}, // not a standard claim
	} {
		for _, text := range values.valid {
			if faults := check(t, name, text); len(faults) > 0 {
				t.Errorf("%s %s: %v", name, text, faults)
			}
		}
		for _, text := range values.invalid {
			if faults := check(t, name, text); len(faults) != 1 || faults[0].Field != name || !strings.HasSuffix(faults[0].Message, ".") {
				t.Errorf("%s %s: got %q", name, text, faults)
			}
		}
	}
}

func check(t *testing.T, name, text string) validate.FieldErrors {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return validate.Claims(map[string]any{name: value})
}

func TestClaimErrorsSayWhatIsWrongAndWhatIsExpected(t *testing.T) {
	faults := validate.Claims(map[string]any{"birthdate": "31.12.1999", "email_verified": "true", "address": map[string]any{"postal_code": 12345.0}})
	for i, want := range []string{
		"address: postal_code: This value is a number. It must be a text.",
		"birthdate: This value is not valid. Use the form YYYY-MM-DD, such as 1815-12-10. Write 0000-12-10 to omit the year, or 1815 for the year alone.",
		"email_verified: This value is a text. It must be true or false, without quotation marks.",
	} {
		if got := faults[i : i+1].Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A host returns values of its own types.
func TestClaimsAreCheckedInTheirJSONForm(t *testing.T) {
	type address struct {
		Country string `json:"country"`
	}
	type locale string
	valid := map[string]any{
		"address": &address{Country: "GB"}, "updated_at": time.Now().Unix(), "locale": locale("en"), "email_verified": new(true),
		"name": json.RawMessage(`"Ada"`),
	}
	if faults := validate.Claims(valid); len(faults) > 0 {
		t.Error(faults)
	}
	invalid := map[string]any{"birthdate": time.Now(), "updated_at": time.Now(), "locale": locale("en_GB"), "name": func() {}, "email_verified": 1}
	if faults := validate.Claims(invalid); len(faults) != len(invalid) {
		t.Error(faults)
	}
}
