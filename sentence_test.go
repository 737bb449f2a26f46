package latchkey_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/developers"
)

// TestEveryMethodAndOwnersActHasASentenceInTheAuditLog finds them in the calls that record them.
func TestEveryMethodAndOwnersActHasASentenceInTheAuditLog(t *testing.T) {
	for _, test := range []struct {
		files, call, prefix string
		least               int
	}{
		{"*.go", `(?:acted\(ctx, \w+, |actedFor\(ctx, \w+, \w+, |createApplication\(ctx, )"([\w.]+)"`, "", 12},
		{"internal/web/developer*.go", `reportApp\(r, o, "(\w+)"`, developers.ActPrefix, 6},
		{"internal/web/developer*.go", `case "(offer)", "transfer", "withdraw":`, developers.ActPrefix, 1},
		{"internal/scim/*.go", `(?:Report|person|group)\("([\w{}/-]+)"`, "", 8},
	} {
		files, err := filepath.Glob(test.files)
		if err != nil {
			t.Fatal(err)
		}
		found := make(map[string]bool)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range regexp.MustCompile(test.call).FindAllStringSubmatch(string(text), -1) {
				found[test.prefix+match[1]] = true
			}
		}
		for kind := range found {
			if !audit.HasSentence(kind) {
				t.Errorf("%s has no sentence", kind)
			}
		}
		if len(found) < test.least {
			t.Errorf("only %d kinds were found with %s", len(found), test.call)
		}
	}
	for _, act := range []string{"transfer", "withdraw"} {
		if !audit.HasSentence(developers.ActPrefix + act) {
			t.Errorf("%s has no sentence", act)
		}
	}
}

// unrecorded has each method of Server and Keys that records nothing itself, with the reason.
var unrecorded = map[string]string{
	"Invitations": aRead, "Keys": aRead, "Keys.List": aRead, "PersonMetadata": aRead, "Consents": aRead, "ValidateApplication": aRead,
	"ServeHTTP": aHandler, "Admin": aHandler, "Require": aHandler, "RequireResource": aHandler, "Guard": aHandler, "AuthenticateClient": aHandler, "Verifier": aHandler, "ResourceVerifier": aHandler,
	"ReloadTemplates": "reads files", "Run": "runs the server", "SendMails": "runs a part of Run", "TestWebhook": "changes nothing here",
	"SetupLink": "the use of the link is recorded", "RegistrationToken": "the registration is recorded", "IssueToken": "records the token",
	"EndSessions": "the host program records logouts", "EndSession": "is EndSessions", "ErasePerson": "records the erasure",
	"CreateApplication": "see createApplication", "ImportApplication": "see createApplication",
}

const aRead, aHandler = "reads", "is or configures a handler, whose acts are recorded"

// TestEveryMethodThatChangesSomethingIsRecorded in the audit log.
func TestEveryMethodThatChangesSomethingIsRecorded(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	method := regexp.MustCompile(`(?s)\nfunc \(\w+ (?:\*Server|(Keys))\) ([A-Z]\w*)\(.*?\n(?:}\n|\z)`)
	oneLine := regexp.MustCompile(`\nfunc \(\w+ (?:\*Server|(Keys))\) ([A-Z]\w*)\(.*\{ .* \}\n`)
	seen := make(map[string]bool)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		rest := oneLine.ReplaceAllStringFunc(string(text), func(body string) string {
			found := oneLine.FindStringSubmatch(body)
			seen[strings.TrimPrefix(found[1]+"."+found[2], ".")] = false
			return "\n"
		})
		for _, found := range method.FindAllStringSubmatch(rest, -1) {
			seen[strings.TrimPrefix(found[1]+"."+found[2], ".")] = strings.Contains(found[0], ".acted")
		}
	}
	for name, recorded := range seen {
		if recorded == (unrecorded[name] != "") {
			t.Errorf("%s: recorded: %t, reason: %q", name, recorded, unrecorded[name])
		}
	}
	for name := range unrecorded {
		if _, exists := seen[name]; !exists {
			t.Errorf("there is no method %s", name)
		}
	}
}
