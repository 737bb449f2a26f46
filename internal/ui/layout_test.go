package ui_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

const noContent = `{{define "content"}}-{{end}}`

func TestNavigationDecidesTheFrameOfAPage(t *testing.T) {
	nav := []ui.Link{
		{Text: ui.Plain("Start"), URL: "/start/", Icon: "home"},
		{Text: ui.Plain("People"), URL: "/people/", Active: true, Heading: ui.Plain("Who")},
		{Text: ui.Plain("Sessions"), URL: "/sessions/"},
	}
	for want, view := range map[string]ui.View{
		"decide": {Narrow: true, Nav: nav, User: "ada"}, "decide wide": {Narrow: true, Wide: true},
		"shell": {Nav: nav}, "shell calm": {Nav: nav, Calm: true},
	} {
		body := render(t, ui.Options{}, noContent, view).Body.String()
		if !strings.Contains(body, `<body class="`+want+`">`) {
			t.Errorf("want the class %q:\n%s", want, body)
		}
		shell := strings.HasPrefix(want, "shell")
		for _, part := range []string{"/office.css", `<nav class="side"`, `href="/people/" aria-current="page"`, "<h2>Who</h2>", "#home"} {
			if strings.Contains(body, part) != shell {
				t.Errorf("%s: %s is on the page: %t, want %t", want, part, !shell, shell)
			}
		}
		if lists := strings.Count(body, "<ul>"); shell && lists != 2 {
			t.Errorf("%s: the navigation has %d groups, want 2:\n%s", want, lists, body)
		}
		if strings.Contains(body, "data-theme") || strings.Contains(body, `name="theme"`) {
			t.Errorf("%s: the page offers a theme that nothing can keep", want)
		}
	}
	if body := render(t, ui.Options{}, noContent, ui.View{User: "ada"}).Body.String(); !strings.Contains(body, `<body class="shell calm">`) {
		t.Errorf("a page of a person without a navigation is:\n%s", body)
	}
}

func TestLogoAndStylesOfTheHostAreOnEveryPage(t *testing.T) {
	body := render(t, ui.Options{}, noContent, ui.View{}).Body.String()
	if !strings.Contains(body, `#mark"/>`) || strings.Contains(body, "theme.css") {
		t.Errorf("without files of a host:\n%s", body)
	}
	host := fstest.MapFS{"assets/mark.svg": {Data: []byte("<svg/>")}, "assets/theme.css": {Data: []byte(":root { --brand: #1d4e9e; }")}}
	body = render(t, ui.Options{Templates: host}, noContent, ui.View{User: "ada"}).Body.String()
	logo, styles := strings.Index(body, `mark.svg" alt=""`), strings.Index(body, "/theme.css")
	if logo < 0 || strings.Contains(body, `#mark"/>`) {
		t.Errorf("the page does not show the logo of the host:\n%s", body)
	}
	if styles < strings.Index(body, "/office.css") {
		t.Errorf("the style sheet of the host is not the last one:\n%s", body)
	}
}

func TestIconsOfThePagesExist(t *testing.T) {
	sprite, err := os.ReadFile("assets/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`\{\{icon "([^"]*)"|\bIcon: +"([^"]+)"`)
	icons := 0
	for _, pattern := range []string{"*.html", "../*/pages/*.html", "../*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range used.FindAllStringSubmatch(string(text), -1) {
				icons++
				if !strings.Contains(string(sprite), `<symbol id="`+name[1]+name[2]+`"`) {
					t.Errorf("%s uses the icon %q, which icons.svg does not have", file, name[1]+name[2])
				}
			}
		}
	}
	if icons < 10 {
		t.Errorf("found only %d icons", icons)
	}
}

func TestTileShowsTheFirstLetterAndKeepsItsColor(t *testing.T) {
	for name, want := range map[string]string{"ada": "A", "<shop>": "S", "«Épicerie»": "É", "—": "—", "": "", "42": "4"} {
		if got := ui.Initial(name); got != want {
			t.Errorf("Initial(%q) is %q, want %q", name, got, want)
		}
	}
	text := `{{define "content"}}{{tile "ada" "person"}}{{tile "ada" "person"}}{{end}}`
	tiles := regexp.MustCompile(`<span class="tile (tone[1-5]) person" aria-hidden="true"><bdi>A</bdi></span>`).FindAllStringSubmatch(render(t, ui.Options{}, text, ui.View{}).Body.String(), -1)
	if len(tiles) != 2 || tiles[0][1] != tiles[1][1] {
		t.Errorf("got the tiles %v", tiles)
	}
}
