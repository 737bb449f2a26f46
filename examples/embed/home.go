package main

import (
	"html/template"
	"net/http"
)

var homePage = template.Must(template.New("home").Parse(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
<title>Notes</title><h1>Notes</h1>
{{if .}}<p>You are logged in as {{.}}.</p><ul>
<li><a href="/o/authorized_tokens/">Applications that can act for you</a></li>
{{if eq . "ada"}}<li><a href="/admin/">Back office</a>: add an application</li>{{end}}
<li><a href="/o/logout/">Log out</a></li></ul>
{{else}}<p><a href="/login">Log in</a> as ada to add applications in the back office, or with any other name.</p>{{end}}
<p>Applications can read your notes at <code>/api/notes</code> with an access token.</p>`))

// home shows the home page, with links to the pages that Latchkey adds.
func (s *site) home(w http.ResponseWriter, r *http.Request) {
	var name string
	if _, found := s.session(r); found != nil {
		name = found.name
	}
	w.Header().Set("Cache-Control", "no-store")
	_ = homePage.Execute(w, name)
}
