package web

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// persian is a translation from left to right into right to left, in addition to the
// built-in ones.
var persian = fstest.MapFS{"texts/fa.json": {Data: []byte(`{"mail.hello": "سلام،"}`)}}

// mailWriter returns a Handler that can write emails.
func mailWriter(t *testing.T, o ui.Options) *Handler {
	t.Helper()
	const issuer = "https://id.example/o"
	o.Templates = persian
	u, err := ui.New(o)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := ParsePages(u, issuer)
	if err != nil {
		t.Fatal(err)
	}
	h := &Handler{Options: Options{OAuth: new(provider.Provider), UI: u, Pages: pages, Place: func(netip.Addr) string { return "Bremen, <Germany>" }}}
	h.OAuth.Issuer = issuer
	return h
}

// mailKinds returns the kinds of all emails, as package account declares them.
func mailKinds(t *testing.T) (kinds []account.MailKind) {
	t.Helper()
	source, err := os.ReadFile("../../account/mail.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range regexp.MustCompile(`\tMail\w+ +MailKind = "(.+)"`).FindAllStringSubmatch(string(source), -1) {
		kinds = append(kinds, account.MailKind(kind[1]))
	}
	if len(kinds) < 8 {
		t.Fatalf("only %d kinds of emails were found: %q", len(kinds), kinds)
	}
	return kinds
}

// mailVariants returns emails of a kind to people with a language.
func mailVariants(kind account.MailKind, language string) (letters []account.Letter) {
	at := time.Date(2026, 11, 29, 5, 4, 0, 0, time.UTC)
	user := func(name string) *account.User {
		claims, _ := json.Marshal(map[string]string{"locale": language})
		return &account.User{ID: name, Username: name, Email: "a@x.example", Claims: claims, CreatedAt: at.AddDate(0, -1, 0), ExpiresAt: at.AddDate(0, 0, 7), DeleteAt: at.AddDate(0, 0, 30)}
	}
	confirmed := user(`ada <b>&"o'hara"`)
	confirmed.Claims, _ = json.Marshal(map[string]any{"locale": language, "email_verified": true})
	for _, links := range [][]account.LetterLink{
		{{User: confirmed, Proof: "one&two=3"}},
		{{User: user("غزال"), Proof: "three"}},
		{{User: confirmed, Proof: "one"}, {User: user("bob"), Proof: "two"}},
		{{User: confirmed}},
	} {
		l := account.Letter{Kind: kind, To: "a@x.example", Links: links, RequestedAt: at, MailDetails: account.MailDetails{Address: "203.0.113.9", Browser: "Firefox on Linux", Confirmed: links[0].User == confirmed}}
		letters = append(letters, l)
	}
	return letters
}

// TestBothPartsOfEveryEmailSayTheSame renders every email in every language.
func TestBothPartsOfEveryEmailSayTheSame(t *testing.T) {
	h := mailWriter(t, ui.Options{Brand: `Ada's <Shop> & "Co"`})
	subjects := make(map[string]account.MailKind)
	for _, kind := range mailKinds(t) {
		for _, language := range h.Pages.Languages() {
			for i, l := range mailVariants(kind, language) {
				m, err := h.mail(l).mail()
				if err != nil {
					t.Fatal(err)
				}
				if other, taken := subjects[language+m.Subject]; taken && other != kind {
					t.Errorf("%s: emails of the kinds %q and %q have the same subject %q", language, kind, other, m.Subject)
				}
				subjects[language+m.Subject] = kind
				where := string(kind) + ", " + language + ", variant " + string(rune('0'+i))
				sameFacts(t, where, m)
				if !strings.Contains(m.HTML, `<html lang="`+language+`" dir="`+h.Pages.Language(language).Direction+`">`) {
					t.Errorf("%s: the HTML does not declare the language", where)
				}
				saveMail(t, where, m)
			}
		}
	}
}

// saveMail writes an email to the folder that LATCHKEY_MAILS names, to look at it.
func saveMail(t *testing.T, name string, m Mail) {
	t.Helper()
	folder := os.Getenv("LATCHKEY_MAILS")
	if folder == "" {
		return
	}
	name = strings.NewReplacer(", ", "-", " ", "-").Replace(name)
	if err := os.WriteFile(filepath.Join(folder, name+".html"), []byte(strings.ReplaceAll(m.HTML, "cid:logo@latchkey", "logo.png")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "logo.png"), m.Logo, 0o600); err != nil {
		t.Fatal(err)
	}
}

// sameFacts compares the texts, the links and the loaded files of the two parts.
func sameFacts(t *testing.T, where string, m Mail) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(m.HTML))
	if err != nil {
		t.Fatal(err)
	}
	var paragraphs, addresses []string
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "href":
				addresses = append(addresses, a.Val)
			case a.Key == "src" && a.Val != "cid:logo@latchkey", a.Key == "background", a.Key == "style" && strings.Contains(a.Val, "url("), strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s: %s=%q could load or run something", where, a.Key, a.Val)
			}
		}
		switch n.Data {
		case "script", "link", "iframe", "b":
			t.Errorf("%s: the HTML has an element %s", where, n.Data)
		case "p", "td":
			paragraphs = append(paragraphs, textOf(n))
		}
	}
	all := strings.Join(paragraphs, " ")
	body, signature, _ := strings.Cut(m.Text, "\n-- \n")
	for _, line := range strings.Split(body+"\n"+signature, "\n") {
		fact := strings.Join(strings.Fields(strings.TrimPrefix(line, "- ")), " ")
		if !strings.Contains(all, fact) {
			t.Errorf("%s: the HTML lacks %q:\n%s", where, fact, all)
		}
		if strings.Contains(fact, "https://id.example/") && strings.HasPrefix(fact, "https:") && !slices.Contains(addresses, fact) {
			t.Errorf("%s: no link of the HTML leads to %q: %q", where, fact, addresses)
		}
	}
	for _, address := range addresses {
		if !strings.Contains(m.Text, address) {
			t.Errorf("%s: the text lacks the link %q", where, address)
		}
	}
	words := strings.Join(strings.Fields(m.Text), " ")
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "p" && (n.FirstChild.Data != "a" || n.FirstChild.Attr[0].Val != "button") && !strings.Contains(words, textOf(n)) {
			t.Errorf("%s: the text lacks %q", where, textOf(n))
		}
	}
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for child := range n.Descendants() {
		if child.Type == html.TextNode {
			b.WriteString(child.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// TestEmailsHaveTheLogoAndColorsOfTheHost: mail programs do not show SVG images.
func TestEmailsHaveTheLogoAndColorsOfTheHost(t *testing.T) {
	l := mailVariants(account.MailReset, "en")[0]
	m, err := mailWriter(t, ui.Options{Color: "#1d4e9e"}).mail(l).mail()
	if err != nil {
		t.Fatal(err)
	}
	mark, err := png.Decode(bytes.NewReader(m.Logo))
	if err != nil || m.LogoType != "image/png" || !strings.Contains(m.HTML, "background: #1d4e9e;") {
		t.Fatalf("got %s, %v:\n%s", m.LogoType, err, m.HTML)
	}
	if r, g, b, _ := mark.At(48, 5).RGBA(); r>>8 != 0x1d || g>>8 != 0x4e || b>>8 != 0x9e {
		t.Errorf("the mark has another color: %x %x %x", r>>8, g>>8, b>>8)
	}
	own := append([]byte(nil), m.Logo...)
	if m, err = mailWriter(t, ui.Options{Logo: own}).mail(l).mail(); err != nil || !bytes.Equal(m.Logo, own) {
		t.Errorf("the email does not have the logo of the host: %v", err)
	}
	m, err = mailWriter(t, ui.Options{Logo: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)}).mail(l).mail()
	if err != nil || m.Logo != nil || m.LogoType != "" || strings.Contains(m.HTML, "<img") {
		t.Errorf("the email has an SVG image: %v", err)
	}
}
