package admin_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
)

// TestEveryPageOfAnObjectShowsItsHistory, and links to the rest of it in the audit log. An object
// without a page has the link in its list.
func TestEveryPageOfAnObjectShowsItsHistory(t *testing.T) {
	o := enter(t)
	ids := o.fill()
	ids["groups"] = o.addGroup("staff", nil).ID
	ids["login-providers"] = "acme"
	for path, fields := range map[string]url.Values{
		"groups/" + ids["groups"] + "/edit/":               {"description": {"Everybody"}},
		"groups/" + ids["groups"] + "/members/":            {"people": {"ada"}},
		"applications/" + ids["applications"] + "/switch/": {"to": {"paused"}},
		"users/" + ids["users"] + "/switch/":               {"to": {"disabled"}},
		"login-providers/add/":                             {"name": {"acme"}, "issuer": {"https://127.0.0.1:1"}, "client_id": {"x"}, "provider_secret": {"hush"}},
		"registration/":                                    {"name": {"x"}, "uses": {"1"}, "days": {"1"}},
		"invitations/":                                     {"note": {"Grace"}, "days": {"7"}},
		"keys/":                                            {"alg": {"ES256"}},
	} {
		if page := o.post(path, fields); page.StatusCode != 200 {
			t.Fatalf("%s: %s %s", path, page.Status, page.Body)
		}
	}
	whole := regexp.MustCompile(`href="(/admin/audit/\?(?:application|person|target)=[^"]+)"`)
	said := regexp.MustCompile("(Added|Disabled) ")
	object := regexp.MustCompile(`^GET /([a-z-]+)/\{id\}/\{\$\}$`)
	objects := 0
	for _, pattern := range admin.Patterns() {
		found := object.FindStringSubmatch(pattern)
		if found == nil || found[1] == "problems" || found[1] == "attempts" { // nobody changes a request
			continue
		}
		objects++
		body := o.open(found[1] + "/" + ids[found[1]] + "/").Body
		_, history, _ := strings.Cut(body, `<h2 id="history">`)
		link := whole.FindStringSubmatch(history)
		if link == nil || !said.MatchString(history) || !strings.Contains(history, ">root<") {
			t.Errorf("%s has no history:\n%s", pattern, body)
			continue
		}
		o.recorded(audit.Filter{}) // links the records, so that the index finds them
		log := o.open(strings.TrimPrefix(link[1], "/admin/")).Body
		if !said.MatchString(log) || strings.Contains(log, `>keys<`) {
			t.Errorf("%s: the audit log does not show the history:\n%s", pattern, log)
		}
	}
	if objects < 4 {
		t.Errorf("%d kinds of objects have a page", objects)
	}
	for list, what := range map[string]string{"keys/": "Published the new signing key", "registration/": "Added an initial access token", "invitations/": "Created an invitation"} {
		shown := false
		for _, link := range whole.FindAllStringSubmatch(o.open(list).Body, -1) {
			shown = shown || strings.Contains(o.open(strings.TrimPrefix(link[1], "/admin/")).Body, what)
		}
		if !shown {
			t.Errorf("no row of %s links to the records about it", list)
		}
	}
}
