package ui

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// BlockedByPolicy returns the elements of a page that a browser blocks because of the
// Content-Security-Policy.
func BlockedByPolicy(page string) (faults []string) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return []string{err.Error()}
	}
	for node := range root.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		switch node.DataAtom {
		case atom.Script:
			if !slices.ContainsFunc(node.Attr, func(a html.Attribute) bool { return a.Key == "src" }) {
				faults = append(faults, "the browser blocks a script in the page. Put it into a file in the folder assets")
			}
		case atom.Style:
			faults = append(faults, "the browser blocks a style in the page. Put it into a file in the folder assets")
		}
		for _, a := range node.Attr {
			switch {
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				faults = append(faults, fmt.Sprintf("the browser blocks the attribute %s of <%s>. Use a file in the folder assets", a.Key, node.Data))
			case (a.Key == "src" && node.DataAtom != atom.Iframe || a.Key == "href" && node.DataAtom == atom.Link) && (strings.Contains(a.Val, ":") || strings.HasPrefix(a.Val, "//")):
				faults = append(faults, fmt.Sprintf("the browser blocks %s, which is not on this server. Put the file into the folder assets", a.Val))
			}
		}
	}
	return faults
}
