package web

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/url"
	"strings"
	"sync"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/palette"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

//go:embed mail.html
var mailHTML string

// mailTemplate is the layout of all emails. It is parsed when the first email is written.
var mailTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("mail.html").Parse(mailHTML))
})

// A letter is the content of an email, from which its text and its HTML are written. Both
// begin with a greeting.
type letter struct {
	handler *Handler
	say     *ui.Language
	subject ui.Text
	blocks  []letterBlock
}

// A letterBlock is a paragraph, and a link below it if it has a URL.
type letterBlock struct {
	texts []ui.Text // the sentences
	// button is the text of the link in HTML.
	button ui.Text
	url    string
	item   bool // the block is an item of a list
}

// write begins an email in the language of the recipient.
func (h *Handler) write(l account.Letter, subject ui.Text) *letter {
	return (&letter{handler: h, say: h.mailLanguage(l), subject: subject}).add(ui.Text{"mail.hello"})
}

// add adds a paragraph of sentences. Those that are nil are omitted.
func (l *letter) add(texts ...ui.Text) *letter {
	block := letterBlock{}
	for _, text := range texts {
		if text != nil {
			block.texts = append(block.texts, text)
		}
	}
	if len(block.texts) > 0 {
		l.blocks = append(l.blocks, block)
	}
	return l
}

// link adds a sentence that ends with a colon, and a link.
func (l *letter) link(sentence, button ui.Text, address string) *letter {
	l.blocks = append(l.blocks, letterBlock{texts: []ui.Text{sentence}, button: button, url: address})
	return l
}

// item is link for an item of a list.
func (l *letter) item(sentence, button ui.Text, address string) *letter {
	l.link(sentence, button, address)
	l.blocks[len(l.blocks)-1].item = true
	return l
}

// mail writes the email.
func (l *letter) mail() (Mail, error) {
	m := Mail{Subject: l.say.Plain(l.subject), Brand: l.handler.UI.Brand, Text: l.text()}
	m.Logo, m.LogoType = l.handler.UI.MailLogo()
	var b bytes.Buffer
	err := mailTemplate().Execute(&b, l.page(m))
	m.HTML = b.String()
	return m, err
}

// text returns the email as plain text. The lines after "-- " are the signature (RFC 3676
// §4.3).
func (l *letter) text() string {
	var b strings.Builder
	for _, block := range l.blocks {
		first, second := "", ""
		if block.item {
			first, second = "- ", "  "
		}
		b.WriteString(first + join(block.texts, l.say.Plain) + "\n")
		if block.url != "" {
			b.WriteString(second + block.url + "\n")
		}
		b.WriteString("\n")
	}
	return b.String() + "-- \n" + l.handler.UI.Brand + "\n" + l.home() + "\n"
}

// home returns the address of this server.
func (l *letter) home() string {
	issuer, err := url.Parse(l.handler.OAuth.Issuer)
	if err != nil {
		return l.handler.OAuth.Issuer // New has parsed it
	}
	return issuer.Scheme + "://" + issuer.Host + "/"
}

// join returns a paragraph.
func join[S ~string](texts []ui.Text, say func(ui.Text) S) S {
	var parts []string
	for _, text := range texts {
		parts = append(parts, string(say(text)))
	}
	return S(strings.Join(parts, " "))
}

// A mailPage is the data of mail.html.
type mailPage struct {
	Language, Direction, Subject, Brand, Home string
	// Start is the side at which lines begin: "left" or "right".
	Start  string
	Logo   bool
	Blocks []mailBlock
	// Light and Dark are the colors of the brand, LightBack and DarkBack the others.
	Light, Dark         palette.Palette
	LightBack, DarkBack palette.Backgrounds
}

type mailBlock struct {
	Text   template.HTML
	Button template.HTML
	URL    string
}

func (l *letter) page(m Mail) mailPage {
	p := mailPage{
		Language: l.say.Tag, Direction: l.say.Direction, Start: "left", Subject: m.Subject, Brand: l.handler.UI.Brand, Home: l.home(),
		Logo: m.Logo != nil, LightBack: palette.Light(), DarkBack: palette.Dark(),
	}
	if p.Direction == "rtl" {
		p.Start = "right"
	}
	p.Light, p.Dark = l.handler.UI.Palettes()
	for _, block := range l.blocks {
		p.Blocks = append(p.Blocks, mailBlock{join(block.texts, l.say.HTML), l.say.HTML(block.button), block.url})
	}
	return p
}
