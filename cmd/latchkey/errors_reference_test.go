package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

//go:generate go test . -run TestErrorReferenceIsUpToDate -update

// TestErrorReferenceIsUpToDate writes the tables of docs/reference/errors.md from the
// calls in the source that create errors and findings.
func TestErrorReferenceIsUpToDate(t *testing.T) {
	source := readSource(t)
	checkCodes(t, source)
	checkFixes(t, source)
	var page strings.Builder
	page.WriteString("\n## Error codes\n\n| `error` | Meaning | What to do |\n|---|---|---|\n")
	for _, code := range slices.Sorted(maps.Keys(codeMeanings)) {
		fmt.Fprintf(&page, "| `%s` | %s | %s |\n", code, codeMeanings[code][0], codeMeanings[code][1])
	}
	page.WriteString("\n## Reasons\n\nIn the [metrics](metrics.md), `reason` distinguishes errors with the same code. The description is what the application receives; the sign … stands for a value.\n\n| `reason` | `error` | Description |\n|---|---|---|\n")
	for _, r := range source.reasons {
		if r.reason == "" || r.code == "" || r.text == "" {
			t.Errorf("the row %+v has an empty cell", r)
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s |\n", r.reason, r.code, r.text)
	}
	page.WriteString("\n## Findings of `latchkey check`\n\n| Number | Level | Finding |\n|---|---|---|\n")
	for _, f := range source.findings {
		fmt.Fprintf(&page, "| %s | %s | %s |\n", f.id, f.level, f.text)
	}
	page.WriteString("\n")
	updateGenerated(t, "../../docs/reference/errors.md", page.String())
	if len(source.reasons) < 60 || len(source.findings) < 60 {
		t.Errorf("only %d reasons and %d findings were found", len(source.reasons), len(source.findings))
	}
}

// codeMeanings contains, for each error code, its meaning and what to do.
var codeMeanings = map[string][2]string{
	"access_denied":                     {"The person did not give permission. At the registration endpoints: this server does not allow the registration or the change.", "Inform the person that the permission is missing, and let them try again. For a registration, ask an administrator."},
	"authorization_pending":             {"The person has not decided about the device yet (RFC 8628).", "Ask again after `interval` seconds."},
	"consent_required":                  {"`prompt=none` was sent, but the person has not given this permission yet.", "Send the request again without `prompt=none`."},
	"expired_token":                     {"The device code has expired (RFC 8628).", "Start again with a new device code."},
	"insufficient_scope":                {"The access token is valid, but does not have a scope that the API requires.", "Request a token with the scopes in the challenge."},
	"interaction_required":              {"`prompt=none` was sent, but the person has to do something on a page.", "Send the request again without `prompt=none`."},
	"invalid_client":                    {"The application is unknown or disabled, or its secret or key is wrong.", "Compare the client ID, the secret and the authentication method with the application's page in the back office."},
	"invalid_client_metadata":           {"A field of a registration is not valid (RFC 7591).", "Correct the field that the description names."},
	"invalid_grant":                     {"The code, the refresh token or the assertion is unknown, has expired, was used or was revoked, or belongs to another application.", "Start again with an authorization request."},
	"invalid_redirect_uri":              {"A redirect URI of a registration is not valid (RFC 7591).", "Correct the redirect URI that the description names."},
	"invalid_request":                   {"A parameter is missing, is repeated, or has a value that is not allowed.", "Correct the parameter that the description names."},
	"invalid_request_object":            {"The signed request cannot be verified, or contains a value that is not allowed.", "Compare the key and the algorithm with those of the application."},
	"invalid_request_uri":               {"The `request_uri` is unknown, has expired or was used.", "Push the request again, or register the URL."},
	"invalid_scope":                     {"A scope is unknown, or not allowed for the application or the resource.", "Request only scopes that the application's page lists."},
	"invalid_software_statement":        {"The software statement of a registration cannot be verified (RFC 7591).", "Register without it, or ask its issuer for a new one."},
	"invalid_target":                    {"The resource is unknown, or not allowed for the application (RFC 8707).", "Compare the parameter `resource` with the `resources` of the configuration file."},
	"invalid_token":                     {"The access token is unknown or malformed, has expired or was revoked.", "Refresh it, or ask for permission again."},
	"login_required":                    {"`prompt=none` was sent, but nobody is logged in.", "Send the request again without `prompt=none`."},
	"registration_not_supported":        {"The parameter `registration` was sent.", "Register the application, and omit the parameter."},
	"request_not_supported":             {"The parameter `request` was sent to an endpoint that does not accept it, or contains an unsigned request object.", "Omit the parameter, or sign the request object."},
	"request_uri_not_supported":         {"The parameter `request_uri` was sent to an endpoint that does not accept it.", "Omit the parameter."},
	"server_error":                      {"A bug, or a problem of the server. The response has status 500 and an error ID.", "Look for the error ID in the log."},
	"slow_down":                         {"The device asks too often (RFC 8628).", "Wait 5 seconds longer between two requests from now on."},
	"temporarily_unavailable":           {"The database, or another server that is needed, does not respond (status 503). Or there were too many requests (status 429). The response has `Retry-After`.", "Repeat the request after that time."},
	"unauthorized_client":               {"The application is not allowed to use this grant type or response type.", "Allow it on the application's page in the back office."},
	"insufficient_user_authentication":  {"The application or the scope of a token exchange requires a second factor, which the person has not used in the login of the subject_token.", "Send the person to the authorization endpoint with the `acr_values` of the response, and exchange a token of that login."},
	"unmet_authentication_requirements": {"The login does not meet the requirements of the request (`acr_values`, or the claim `acr`).", "Request a weaker login, or ask the person to log in another way."},
	"unsupported_grant_type":            {"This server does not support the `grant_type`.", "Use one of the `grant_types_supported` in the metadata."},
	"unsupported_response_type":         {"This server does not support the `response_type`.", "Use `code`."},
}

// findingTexts describes findings whose text is not in one place of the source.
var findingTexts = map[string]string{
	"LK002": "The issuer cannot be used, for example because it does not use https. The text says why.",
	"LK006": "Other users of this machine can read or write a file that contains secrets, such as the database, the master key, or a configuration file with the password of the database. The text names the file and the command to run.",
	"LK008": "The certificate authorities in `outbound_ca` cannot be used. The text says why.",
	"LK012": "The settings of the mail server cannot be used. The text says why.",
	"LK014": "The database can lose acknowledged writes. The text names the setting of PostgreSQL or SQLite.",
	"LK021": "Application … does not ask people for permission.",
	"LK037": "The file of `geoip_database` cannot be used. The text says why.",
	"LK038": "A catalogue in the folder `texts` of `templates` does not translate all texts. The others are shown in English.",
	"LK039": "A page or a catalogue in the folder `templates` has a mistake, and the server does not start. The text names the file and the line.",
	"LK054": "An environment variable that begins with `LATCHKEY_` is not a setting, and has no effect. The text names it, and a similar one.",
	"LK049": "A login provider in `login_providers` has a mistake, and the server does not start. The text names the provider.",
}

type (
	reasonRow  struct{ reason, code, text string }
	findingRow struct{ id, level, text string }
	// sourceErrors are the errors and findings in the source.
	sourceErrors struct {
		codes     map[string]string // names of constants and their values
		constants map[string]string // other constants, such as reasons
		reasons   []reasonRow
		findings  []findingRow
		// refuseCode is the code of the function refuse that was defined last.
		refuseCode string
		// invalidClient is the description of errInvalidClient.
		invalidClient string
	}
)

func readSource(t *testing.T) *sourceErrors {
	t.Helper()
	s := &sourceErrors{codes: make(map[string]string), constants: make(map[string]string)}
	var files []*ast.File
	for _, folder := range []string{".", "oauth", "provider", "internal/web", "internal/clientfields", "internal/livecheck", "cmd/latchkey"} {
		paths, err := filepath.Glob("../../" + folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	each := func(visit func(ast.Node)) {
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool { visit(n); return true })
		}
	}
	each(s.constant)
	each(s.helper)
	each(s.reason)
	each(s.finding)
	slices.SortFunc(s.reasons, func(a, b reasonRow) int {
		return cmp.Or(cmp.Compare(a.reason, b.reason), cmp.Compare(a.code, b.code), cmp.Compare(a.text, b.text))
	})
	slices.SortStableFunc(s.findings, func(a, b findingRow) int { return cmp.Compare(a.id, b.id) })
	s.reasons = slices.DeleteFunc(slices.Compact(s.reasons), func(r reasonRow) bool { return !regexp.MustCompile(`[a-z] [a-z]`).MatchString(r.text) })
	s.findings = slices.Compact(s.findings)
	return s
}

// constant records the constants that are error codes and reasons.
func (s *sourceErrors) constant(n ast.Node) {
	spec, ok := n.(*ast.ValueSpec)
	if !ok || len(spec.Values) != len(spec.Names) {
		return
	}
	for i, name := range spec.Names {
		if text, literal := template(spec.Values[i]); literal {
			s.constants[name.Name] = text
			if regexp.MustCompile(`^[Cc]ode(Invalid|Unauth|Unsupp|Access|Server|Tempor|Insuff|Login|Consent|Interaction|Request|Registration|Unmet|Authorization|Slow|Expired)`).MatchString(name.Name) {
				s.codes[name.Name] = text
			}
		}
	}
}

// helper records the description of errInvalidClient.
func (s *sourceErrors) helper(n ast.Node) {
	if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "errInvalidClient" {
		_, s.invalidClient = s.errorOf(f.Body.List[0].(*ast.ReturnStmt).Results[0])
	}
}

// reason records Errorf(…).WithReason(…), errBearer(reason, text), and refuse(reason,
// text), which some functions define for themselves.
func (s *sourceErrors) reason(n ast.Node) {
	if definition, ok := n.(*ast.AssignStmt); ok {
		if name, ok := definition.Lhs[0].(*ast.Ident); ok && name.Name == "refuse" {
			ast.Inspect(definition.Rhs[0], func(n ast.Node) bool {
				if constant, ok := n.(*ast.Ident); ok && s.codes[constant.Name] != "" {
					s.refuseCode = s.codes[constant.Name]
				}
				return true
			})
		}
		return
	}
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return
	}
	if name, ok := call.Fun.(*ast.Ident); ok && (name.Name == "refuse" || name.Name == "errBearer") && len(call.Args) == 2 {
		if reason, literal := template(call.Args[0]); literal {
			text, _ := template(call.Args[1])
			row := reasonRow{reason, "`" + s.refuseCode + "`", text}
			if name.Name == "errBearer" {
				row = reasonRow{reason, "`" + s.codes["CodeInvalidToken"] + "`", "The access token " + text + "."}
			}
			s.reasons = append(s.reasons, row)
		}
		return
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || method.Sel.Name != "WithReason" || len(call.Args) != 1 {
		return
	}
	reason, literal := template(call.Args[0])
	if name, constant := call.Args[0].(*ast.Ident); constant {
		reason, literal = s.constants[name.Name], s.constants[name.Name] != ""
	}
	if !literal {
		return
	}
	code, text := s.errorOf(method.X)
	if reason == "wrong_secret" { // the function hidden replaces the description
		text = s.invalidClient
	}
	s.reasons = append(s.reasons, reasonRow{reason, code, text})
}

// dependsOnUse is in place of the code of an error that several endpoints return, each
// with its own code.
const dependsOnUse = "depends on the use"

// errorOf returns the code and the description of an error that a call creates.
func (s *sourceErrors) errorOf(x ast.Expr) (code, text string) {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return "", "…"
	}
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
		if name == "WithDetail" {
			return s.errorOf(f.X)
		}
	}
	switch {
	case name == "Errorf" && len(call.Args) > 1:
		constant := ""
		switch a := call.Args[0].(type) {
		case *ast.Ident:
			constant = a.Name
		case *ast.SelectorExpr:
			constant = a.Sel.Name
		}
		text, _ = template(call.Args[1])
		if s.codes[constant] == "" { // the code of another error
			return dependsOnUse, text
		}
		return "`" + s.codes[constant] + "`", text
	case name == "errInvalidClient", name == "errInvalid":
		return "`" + s.codes["CodeInvalidClient"] + "`", s.invalidClient
	case name == "errAssertion" && len(call.Args) > 0:
		text, _ = template(call.Args[0])
		return "`" + s.codes["CodeInvalidClient"] + "`", "Client authentication failed: " + text
	case name == "errorf" && len(call.Args) > 0: // of a token or an assertion, which it names
		text, _ = template(call.Args[0])
		return dependsOnUse, "The … " + text
	}
	return "", "…"
}

var findingID = regexp.MustCompile(`^LK\d{3}$`)

// finding records add("LK001", level, text, …) and Warning{"LK001", text}.
func (s *sourceErrors) finding(n ast.Node) {
	var args []ast.Expr
	level, prefix := "warning", ""
	switch n := n.(type) {
	case *ast.CallExpr:
		args = n.Args
		if name, ok := n.Fun.(*ast.Ident); ok && name.Name == "addTo" {
			prefix = "Application … "
		}
	case *ast.CompositeLit:
		args = n.Elts
	}
	if len(args) < 2 {
		return
	}
	id, literal := template(args[0])
	if !literal || !findingID.MatchString(id) {
		return
	}
	text := args[len(args)-1]
	switch l := args[1].(type) {
	case *ast.Ident:
		level, text = strings.ToLower(l.Name), args[2]
	case *ast.SelectorExpr:
		level, text = strings.ToLower(l.Sel.Name), args[2]
	case *ast.BasicLit:
		if len(args) > 3 { // of an application: the field, a short text, and the text
			text, prefix = args[3], "Application … "
		}
	}
	description, _ := template(text)
	if override := findingTexts[id]; override != "" {
		prefix, description = "", override
	}
	s.findings = append(s.findings, findingRow{id, level, prefix + description})
}

var (
	verb = regexp.MustCompile(`(%[a-z])+`)
	// wholeSentence matches a sentence that consists of a value only.
	wholeSentence = regexp.MustCompile(`(^|[.!?] )…\.`)
)

// template returns a text with … in place of its values. literal reports that it has
// none.
func template(x ast.Expr) (text string, literal bool) {
	switch x := x.(type) {
	case *ast.BasicLit:
		if x.Kind != token.STRING {
			return "…", false
		}
		value, err := strconv.Unquote(x.Value)
		if err != nil {
			return "…", false
		}
		text := strings.NewReplacer("%%", "%", "|", `\|`).Replace(verb.ReplaceAllString(value, "…"))
		text = wholeSentence.ReplaceAllString(text, "$1…")
		return text, text == value
	case *ast.BinaryExpr:
		left, _ := template(x.X)
		right, _ := template(x.Y)
		return left + right, false
	case *ast.CallExpr:
		if f, ok := x.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
			text, _ := template(x.Args[0])
			return text, false
		}
	}
	return "…", false
}

// Values that follow each other directly are one placeholder, and so is a sentence that
// is a value.
func TestPlaceholdersInTheErrorReference(t *testing.T) {
	for format, want := range map[string]string{
		`"The resource %s%s. Remove it."`:   "The resource …. Remove it.",
		`"No server can start. %v."`:        "No server can start. …",
		`"%s: %s, because %v."`:             "…: …, because ….",
		`"100%% of " + name + " | %d rows"`: `100% of … \| … rows`,
	} {
		x, err := parser.ParseExpr(format)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := template(x); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
}

// TestFindingsOfTwoPackagesHaveDifferentNumbers checks that two packages do not use the
// same number for different findings.
func TestFindingsOfTwoPackagesHaveDifferentNumbers(t *testing.T) {
	folders := make(map[string]string)
	for _, folder := range []string{"provider", "internal/livecheck", "cmd/latchkey"} {
		paths, err := filepath.Glob("../../" + folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range regexp.MustCompile(`"LK[0-9]+"`).FindAllString(string(source), -1) {
				if other := folders[id]; other != "" && other != folder {
					t.Errorf("%s is a finding in %s and in %s", id, other, folder)
				}
				folders[id] = folder
			}
		}
	}
	if len(folders) < 50 {
		t.Errorf("only %d numbers were found", len(folders))
	}
}

// checkCodes checks that codeMeanings describes exactly the codes in the source.
func checkCodes(t *testing.T, s *sourceErrors) {
	t.Helper()
	known := make(map[string]bool)
	for name, code := range s.codes {
		known[code] = true
		if codeMeanings[code][0] == "" {
			t.Errorf("codeMeanings does not describe %s (%s)", code, name)
		}
	}
	for code := range codeMeanings {
		if !known[code] {
			t.Errorf("codeMeanings describes %s, which is not in the source", code)
		}
	}
	for _, f := range s.findings {
		if !regexp.MustCompile(`[a-z]{3}`).MatchString(f.text) {
			t.Errorf("findingTexts does not describe %s", f.id)
		}
	}
}

// checkFixes checks that the back office knows how to fix a request that is rejected with any of
// the reasons and codes, and that the table of fixes has no others.
func checkFixes(t *testing.T, s *sourceErrors) {
	t.Helper()
	known := make(map[string]bool)
	check := func(code, reason string) {
		known[code], known[reason], known[code+" "+reason] = true, true, true
		fix, ok := rejections.FixOf(oauth.Rejection{Code: code, Reason: rejections.Reason(strings.TrimSpace("/token "+code+" "+reason), true)})
		if !ok || !strings.HasSuffix(fix.Text, ".") {
			t.Errorf("internal/rejections has no fix for the code %q with the reason %q", code, reason)
		}
	}
	for _, code := range s.codes {
		check(code, "")
	}
	for _, r := range s.reasons {
		check(strings.Trim(r.code, "`"), r.reason)
	}
	for key, fix := range rejections.Fixes() {
		if !known[key] {
			t.Errorf("internal/rejections has a fix for %q, which is not in the source", key)
		}
		for _, name := range fix.Fields {
			if !slices.ContainsFunc(clientfields.All(), func(f clientfields.Field) bool { return f.Name == name }) {
				t.Errorf("the fix for %q names the field %q, which does not exist", key, name)
			}
		}
	}
}

// updateGenerated replaces the generated part of a page, or fails if it is out of date.
func updateGenerated(t *testing.T, path, generated string) {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(page), generatedBegin)
	_, after, ends := strings.Cut(rest, generatedEnd)
	if !begins || !ends {
		t.Fatalf("%s does not contain the lines %q and %q", path, generatedBegin, generatedEnd)
	}
	want := before + generatedBegin + generated + generatedEnd + after
	if want == string(page) {
		return
	}
	if !*update {
		t.Fatalf("%s does not match the code. Run: make generate", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil { //nolint:gosec // a public document
		t.Fatal(err)
	}
}
