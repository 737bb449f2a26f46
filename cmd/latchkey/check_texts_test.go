package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckListsTextsThatAreNotTranslated(t *testing.T) {
	templates := t.TempDir()
	write := func(text string) {
		if err := os.MkdirAll(filepath.Join(templates, "texts"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(templates, "texts", "nl.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"login.title": "Inloggen"}`)
	found, _ := runCheck(t, t.TempDir(), "--templates", templates)
	if text := found["LK038"].Text; !strings.Contains(text, "texts/nl.json does not translate ") || !strings.Contains(text, "login.button") || strings.Contains(text, "login.title") {
		t.Errorf("got %v", found)
	}
	write("{\n\"login.titel\": \"Anmelden\"}")
	found, status := runCheck(t, t.TempDir(), "--templates", templates)
	if text := found["LK039"].Text; status != exitFailed || !strings.Contains(text, "template texts/nl.json:2: login.titel: the key does not exist (did you mean login.title?)") {
		t.Errorf("got status %d, %v", status, found)
	}
}

// TestCheckFindsWhatBrowsersBlock: the Content-Security-Policy of the pages allows no script in a page, and
// no image of another server.
func TestCheckFindsWhatBrowsersBlock(t *testing.T) {
	templates := t.TempDir()
	if err := os.Mkdir(filepath.Join(templates, "web"), 0o700); err != nil {
		t.Fatal(err)
	}
	for page, want := range map[string]string{
		`<h1>Hi</h1>`: "",
		`<script>alert(1)</script><img src="https://x.example/a.png" alt="">`: "web/home.html: the browser blocks a script in the page. Put it into a file in the folder assets, web/home.html: the browser blocks https://x.example/a.png",
	} {
		if err := os.WriteFile(filepath.Join(templates, "web", "home.html"), []byte(`{{define "content"}}`+page+`{{end}}`), 0o600); err != nil {
			t.Fatal(err)
		}
		found, _ := runCheck(t, t.TempDir(), "--templates", templates)
		if text := found["LK067"].Text; (text == "") != (want == "") || !strings.Contains(text, want) {
			t.Errorf("%s: got %q, %v", page, text, found)
		}
	}
}

func TestCheckNamesColorsThatAreHardToSee(t *testing.T) {
	templates := t.TempDir()
	for css, want := range map[string]string{
		":root { --focus: light-dark(#f5f7f6, #f5a35c); }": "--focus (#f5f7f6) on --page (#f5f7f6) has a contrast ratio of 1.00 on light pages, and needs 3",
		":root { --focus: light-dark(#b4530a, #f5a35c); }": "",
	} {
		if err := os.MkdirAll(filepath.Join(templates, "assets"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(templates, "assets", "theme.css"), []byte(css), 0o600); err != nil {
			t.Fatal(err)
		}
		found, _ := runCheck(t, t.TempDir(), "--templates", templates)
		if text := found["LK058"].Text; (text == "") != (want == "") || !strings.Contains(text, want) {
			t.Errorf("%s: got %q", css, text)
		}
	}
}
