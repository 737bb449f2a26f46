package main

import (
	"bufio"
	"context"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// TestMain runs the program itself in the process that start starts.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

// start runs main in another process, and returns the origin of the site.
func start(t *testing.T) string {
	t.Helper()
	port := strconv.Itoa(needs.Port(t))
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), "RUN_MAIN=yes", "ADDRESS=localhost:"+port), os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the program ended: %s %v", line, err)
	}
	return "http://localhost:" + port
}

// browser keeps cookies, fills in forms, and stops at a redirect to another site.
type browser struct {
	*http.Client
	t *testing.T
}

func newBrowser(t *testing.T, site string) *browser {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	return &browser{&http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), site) {
			return http.ErrUseLastResponse
		}
		return nil
	}}, t}
}

// open opens an address and submits forms, each with the values that the page has.
func (b *browser) open(address string, forms ...url.Values) (last *http.Response, body string) {
	b.t.Helper()
	last, err := b.Get(address)
	for i := 0; ; i++ {
		if err != nil {
			b.t.Fatal(err)
		}
		text, _ := io.ReadAll(last.Body)
		_ = last.Body.Close()
		if i == len(forms) {
			return last, string(text)
		}
		for _, tag := range regexp.MustCompile(`<input[^>]*>`).FindAllString(string(text), -1) {
			kind, name, value := attribute(tag, "type"), attribute(tag, "name"), attribute(tag, "value")
			chosen := kind != "checkbox" && kind != "radio" || strings.Contains(tag, " checked")
			if chosen && value != "" && !forms[i].Has(name) {
				forms[i].Set(name, value)
			}
		}
		last, err = b.PostForm(last.Request.URL.String(), forms[i])
	}
}

// attribute returns an attribute of an HTML tag, or "".
func attribute(tag, name string) string {
	found := regexp.MustCompile(` ` + name + `="([^"]*)"`).FindStringSubmatch(tag)
	if found == nil {
		return ""
	}
	return html.UnescapeString(found[1])
}

// The test adds an application in the back office, and goes from the login page of
// the program to its API.
func TestProgramWithItsOwnUsersIsAProvider(t *testing.T) {
	t.Parallel()
	site := start(t)
	application := url.Values{
		"client_name": {"Notes reader"}, "redirect_uris": {"http://localhost:8001/cb"}, "save": {"yes"},
	}
	_, form := newBrowser(t, site).open(site+"/admin/applications/add/?kind=web", url.Values{"name": {"ada"}}, application)
	if !strings.Contains(form, "Notes reader is ready") {
		t.Fatalf("the application was not added: %s", form)
	}
	config := oauth2.Config{
		ClientID: application.Get("client_id"), ClientSecret: application.Get("client_secret"), RedirectURL: "http://localhost:8001/cb", Scopes: []string{"read"},
		Endpoint: oauth2.Endpoint{AuthURL: site + "/o/authorize/", TokenURL: site + "/o/token/"},
	}
	verifier := oauth2.GenerateVerifier()
	page, _ := newBrowser(t, site).open(config.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier)),
		url.Values{"name": {"bob"}}, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
	redirect, err := page.Location()
	if err != nil {
		t.Fatal(page.Status, err)
	}
	tokens, err := config.Exchange(context.Background(), redirect.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	response, err := oauth2.NewClient(context.Background(), oauth2.StaticTokenSource(tokens)).Get(site + "/api/notes")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if string(body) != "notes of user-bob\n" {
		t.Errorf("got %d %s", response.StatusCode, body)
	}
}

// TestEveryLinkOfTheHomePageWorks, before and after a login.
func TestEveryLinkOfTheHomePageWorks(t *testing.T) {
	t.Parallel()
	site := start(t)
	for name, want := range map[string][]string{
		"": {"/login"}, "bob": {"/o/authorized_tokens/", "/o/logout/"}, "ada": {"/o/authorized_tokens/", "/admin/", "/o/logout/"},
	} {
		b := newBrowser(t, site)
		_, page := b.open(site + "/")
		if name != "" {
			_, page = b.open(site+"/login", url.Values{"name": {name}})
		}
		var links []string
		for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			links = append(links, link[1])
			if last, _ := b.open(site + link[1]); last.StatusCode != http.StatusOK || last.Request.URL.Path != link[1] {
				t.Errorf("%q: %s is %d at %s", name, link[1], last.StatusCode, last.Request.URL)
			}
		}
		if !slices.Equal(links, want) {
			t.Errorf("%q: the links are %v", name, links)
		}
	}
}

// Latchkey is added to the program with 15 lines, which are written as gofmt writes
// them.
func TestMainHasFifteenLines(t *testing.T) {
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if formatted, err := format.Source(source); err != nil || string(formatted) != string(source) {
		t.Errorf("main.go is not as gofmt writes it (%v)", err)
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "main.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var functions int
	for _, declaration := range file.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		functions++
		if lines := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1; lines > 15 {
			t.Errorf("%s has %d lines", f.Name, lines)
		}
	}
	if functions != 1 {
		t.Errorf("main.go has %d functions", functions)
	}
	for line := range strings.Lines(string(source)) {
		if strings.Contains(line, ";") || len(line) > 120 {
			t.Errorf("this line contains more than one statement, or is too long: %s", line)
		}
	}
}

func TestLoginRejectsALongBody(t *testing.T) {
	s, w := newSite(), httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/login", strings.NewReader("name="+strings.Repeat("a", 1<<20)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if s.ServeHTTP(w, r); w.Code != http.StatusBadRequest || len(s.sessions) != 0 {
		t.Errorf("got %d and %d sessions", w.Code, len(s.sessions))
	}
}

func TestLoginLeadsOnlyToPathsOfTheSite(t *testing.T) {
	for _, next := range []string{"/", "/o/authorize/?resume=x", "/o/account/", "/search?q=a%5Cb%09"} {
		if got := localPath(next); got != next {
			t.Errorf("%q leads to %q", next, got)
		}
	}
	for _, next := range needs.OtherSites() {
		if got := localPath(next); got != "/" {
			t.Errorf("%q leads to %q", next, got)
		}
	}
}
