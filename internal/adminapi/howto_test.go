package adminapi_test

import (
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// TestCommandsOfTheHowToAdministerAnApplication runs the shell commands of the page.
func TestCommandsOfTheHowToAdministerAnApplication(t *testing.T) {
	needs.Curl(t)
	s := start(t)
	c, secret := s.machine(account.RoleAdministrator, "latchkey:applications:read", "latchkey:applications:write")
	page, err := os.ReadFile("../../docs/how-to/administer-by-api.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("set -e\n")
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		script.WriteString(block[1])
	}
	command := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(script.String(), "https://id.example.com", s.URL))
	command.Env = append(os.Environ(), "CLIENT_ID="+c.ID, "CLIENT_SECRET="+secret)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	token := s.token(c, secret, "latchkey:applications:read")
	got := s.want(http.StatusOK, token, "GET", "applications/shop", "")
	if got.text("client_name") != "The shop" || got.json["access_token_ttl"] != 600.0 || len(got.json["secrets"].([]any)) != 2 {
		t.Errorf("got %s; the commands have printed: %s", got.body, output)
	}
	if strings.Count(string(output), `"client_secret"`) != 2 || strings.Contains(string(output), "urn:latchkey:problem") {
		t.Errorf("the commands have printed: %s", output)
	}
}
