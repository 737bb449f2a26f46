package provider_test

import (
	"bytes"
	"testing"

	"github.com/seed-e6a88a41/latchkey/provider"
)

// RFC 6749 §3.1, §3.2.
func TestMalformedOversizedAndRepeatedParametersAreRejected(t *testing.T) {
	many := bytes.Repeat([]byte("a=b&"), 200)
	for name, body := range map[string]string{
		"many parameters": string(many), "a long value": "x=" + string(bytes.Repeat([]byte("y"), 20<<10)), "a defined parameter twice": "code=a&code=a",
		"a malformed escape": "a=%z", "a NUL": "state=%00", "invalid UTF-8": "state=%ff",
	} {
		_, err := provider.ParseParams(body)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		wantCode(t, err, "invalid_request")
	}
	if p, err := provider.ParseParams("foo=1&foo=2&code=&x"); err != nil || p.Get("code") != "" {
		t.Errorf("got %v %v", p, err)
	}
}
