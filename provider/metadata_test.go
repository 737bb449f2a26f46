package provider_test

import (
	"encoding/json"
	"testing"

	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestMetadataListsTheGrants(t *testing.T) {
	h := newHouse(t, nil)
	document, err := h.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(document.Body, &got); err != nil {
		t.Fatal(err)
	}
	if got["issuer"] != issuer || got["authorization_response_iss_parameter_supported"] != true {
		t.Errorf("got %s", document.Body)
	}
	listed, _ := json.Marshal(got["grant_types_supported"])
	want, _ := json.Marshal(provider.GrantTypes())
	if string(listed) != string(want) {
		t.Errorf("the grants are %s, want %s", listed, want)
	}
}
