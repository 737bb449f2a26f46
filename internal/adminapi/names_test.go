package adminapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// namedParameters returns the parameters of all lists that name a person, an application or an actor,
// each after the path of the list.
func (s server) namedParameters() (all [][2]string) {
	s.t.Helper()
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name string `json:"name"`
				In   string `json:"in"`
			} `json:"parameters"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(s.call("", "GET", "openapi.json", "").body, &document); err != nil {
		s.t.Fatal(err)
	}
	for path, methods := range document.Paths {
		for _, p := range methods["get"].Parameters {
			if p.In == "query" && slices.Contains([]string{"person", "owner", "actor", "client_id"}, p.Name) {
				all = append(all, [2]string{strings.TrimPrefix(path, "/"), p.Name})
			}
		}
	}
	return all
}

// TestEachListReportsNamesThatNothingHas: an empty list would read as if a person had no sessions and
// no tokens. People are found by their usernames, too, as with the commands.
func TestEachListReportsNamesThatNothingHas(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	ada := s.AddUser("ada", false)
	shop, _ := s.AddClient("https://shop.example/cb", func(c *oauth.Client) { c.OwnerID = ada.ID })
	all := s.namedParameters()
	if len(all) < 16 {
		t.Errorf("only %d parameters were found: %v", len(all), all)
	}
	for _, p := range all {
		known := []string{"ada", "ADA", ada.ID}
		if p[1] == "client_id" {
			known = []string{shop.ID}
		}
		if p[1] == "actor" {
			known = append(known, shop.ID, "os:root")
		}
		for _, value := range known {
			s.want(http.StatusOK, token, "GET", p[0]+"?"+p[1]+"="+value, "")
		}
		if a := s.want(http.StatusUnprocessableEntity, token, "GET", p[0]+"?"+p[1]+"=nobody", ""); !slices.Equal(a.fields(), p[1:]) || !strings.Contains(string(a.body), "There is no ") {
			t.Errorf("%s: got %s", p, a.body)
		}
	}
	if a := s.want(http.StatusOK, token, "GET", "applications?owner=ada", ""); !strings.Contains(string(a.body), shop.ID) {
		t.Errorf("the application of ada is missing: %s", a.body)
	}
	s.want(http.StatusUnprocessableEntity, token, "GET", "audit?event=tokn", "")
	s.want(http.StatusUnprocessableEntity, token, "GET", "audit?address=here", "")
}

// TestADeletedPersonIsFoundByTheID, because the audit log still has records about them.
func TestADeletedPersonIsFoundByTheID(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	added := s.want(http.StatusCreated, token, "POST", "people", `{"username": "mallory", "roles": ["operator"]}`)
	s.want(http.StatusNoContent, token, "DELETE", "people/"+added.text("id"), "")
	for _, list := range []string{"audit", "tokens"} {
		s.want(http.StatusOK, token, "GET", list+"?person="+added.text("id"), "")
		s.want(http.StatusUnprocessableEntity, token, "GET", list+"?person=mallory", "")
	}
	if a := s.want(http.StatusOK, token, "GET", "audit?roles=true&person="+added.text("id"), ""); !strings.Contains(string(a.body), `"roles":[{"field":"roles","after":"operator"}]`) || !strings.Contains(string(a.body), `"what":"Added mallory"`) {
		t.Errorf("the role is not in the records: %s", a.body)
	}
}
