package latchkey_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocsNameOnlyTestsThatExist checks the index of RFC sections and the
// catalog of security cases.
func TestDocsNameOnlyTestsThatExist(t *testing.T) {
	tests := make(map[string]bool)
	declaration := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err == nil && entry.Name() == "node_modules":
			return fs.SkipDir
		case err != nil || !strings.HasSuffix(path, "_test.go"):
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range declaration.FindAllSubmatch(text, -1) {
			tests[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"docs/rfc/index.md", "docs/security/cases.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w+`).FindAllString(string(text), -1) {
			if !tests[name] {
				t.Errorf("%s names %s, which does not exist", file, name)
			}
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "| yes") && !strings.Contains(line, "Test") {
				t.Errorf("%s: this row names no test: %s", file, line)
			}
		}
	}
}

// TestPagesShowTheProgramThatTheBrowserTests: main of examples/embed is the same on
// every page.
func TestPagesShowTheProgramThatTheBrowserTests(t *testing.T) {
	source, err := os.ReadFile("examples/embed/main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, main, _ := strings.Cut(string(source), "func main()")
	for _, page := range []string{"README.md", "docs/how-to/use-your-own-users.md", "docs/tutorial/03-your-own-program.md"} {
		if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "\nfunc main()"+main+"```\n") {
			t.Errorf("%s does not show main of examples/embed (%v)", page, err)
		}
	}
}

// TestLinksBetweenDocsLeadToFiles checks every relative link.
func TestLinksBetweenDocsLeadToFiles(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)\)`)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err == nil && entry.Name() == "node_modules":
			return fs.SkipDir
		case err != nil || !strings.HasSuffix(path, ".md"):
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), found[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPagesThatTheDocsNameExist checks names such as web/login.html.
func TestPagesThatTheDocsNameExist(t *testing.T) {
	n := 0
	for _, page := range []string{"docs/how-to/change-the-pages.md", "docs/how-to/translate-the-pages.md", "docs/reference/forms.md", "docs/reference/templates.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile("`(web|admin)/([a-z_]+\\.html)`").FindAllStringSubmatch(string(text), -1) {
			n++
			if found[2] == "_footer.html" { // an example of a file of a host
				continue
			}
			if _, err := os.Stat("internal/" + found[1] + "/pages/" + found[2]); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d names were found", n)
	}
}

// TestDocsIndexListsEveryPage: docs/README.md links to every page for users. Pages of
// the same kind can be listed by an index of their folder.
func TestDocsIndexListsEveryPage(t *testing.T) {
	index, err := os.ReadFile("docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"docs/*.md", "docs/tutorial/*.md", "docs/how-to/*.md", "docs/how-to/connect/*.md", "docs/reference/*.md"} {
		pages, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			link := strings.TrimPrefix(page, "docs/")
			if link != "README.md" && !strings.Contains(string(index), "]("+link+")") {
				t.Errorf("docs/README.md has no link to %s", link)
			}
		}
	}
}

// TestDocsLinkToHeadingsThatExist checks the part of each link after the #.
func TestDocsLinkToHeadingsThatExist(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]*)#([^)]+)\)`)
	headings := make(map[string]map[string]bool) // of each page
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err == nil && entry.Name() == "node_modules":
			return fs.SkipDir
		case err != nil || !strings.HasSuffix(path, ".md"):
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			target := path
			if found[1] != "" {
				target = filepath.Join(filepath.Dir(path), found[1])
			}
			if headings[target] == nil {
				page, err := os.ReadFile(target)
				if err != nil {
					t.Errorf("%s: %v", path, err)
				}
				headings[target] = anchors(string(page))
			}
			if !strings.HasSuffix(target, ".go") && !headings[target][found[2]] {
				t.Errorf("%s: %s has no heading #%s", path, target, found[2])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// anchors returns the anchors of the headings of a page, as GitHub derives them.
func anchors(page string) map[string]bool {
	found := make(map[string]bool)
	dropped := regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		found[strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(heading[1]), ""), " ", "-")] = true
	}
	return found
}

// TestLoginPagesOfTheDocsCheckNext: a program of the docs or examples that redirects to next checks
// it first, and all of them use the function that the test of examples/embed checks.
func TestLoginPagesOfTheDocsCheckNext(t *testing.T) {
	checked := map[string]string{ // calls that need no localPath
		"examples/hosts/new_login.go": "case !isLocal(next):",                       // see TestNewLoginLeadsOnlyToPathsOfTheProgram
		"examples/hosts/upstream.go":  `u.Sessions.PopString(ctx, "upstream_next")`, // stored by LogIn
	}
	function, redirect := regexp.MustCompile(`(?s)\nfunc localPath\(.*?\n}\n`), regexp.MustCompile(`http\.Redirect\(w, r, (.*), (?:http\.Status\w+|\d+)\)`)
	source, err := os.ReadFile("examples/embed/site.go")
	if err != nil {
		t.Fatal(err)
	}
	want, functions, redirects := function.FindString(string(source)), 0, 0
	for _, folder := range []string{"docs", "examples"} {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".md") && !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			content, err := os.ReadFile(path)
			text := string(content)
			for _, found := range function.FindAllString(text, -1) {
				if functions++; found != want {
					t.Errorf("%s: localPath differs from that of examples/embed/site.go", path)
				}
			}
			for _, found := range redirect.FindAllStringSubmatch(text, -1) {
				to := found[1]
				if strings.HasPrefix(to, `"/login?next="+`) || !strings.Contains(to, "next") {
					continue
				}
				redirects++
				if proof := checked[path]; !strings.HasPrefix(to, "localPath(") && (proof == "" || !strings.Contains(text, proof)) {
					t.Errorf("%s redirects to %s without a check", path, to)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if functions != 3 || redirects != 4 {
		t.Errorf("%d functions and %d redirects were found", functions, redirects)
	}
}
