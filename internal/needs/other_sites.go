package needs

// OtherSites returns values of the parameter next of a login page that are not paths of the site.
// Most of them lead a browser to another site: it treats a backslash as a slash, and ignores tabs
// and line breaks (URL Standard, section 4.4).
func OtherSites() []string {
	return []string{
		"", "x", "evil.example", "?x", "https://evil.example", "https:evil.example", "https:/evil.example", "javascript:alert(1)", "//evil.example", "///evil.example",
		`/\evil.example`, `\/evil.example`, `\\evil.example`, `/\/evil.example`, `/x\..\..\evil.example`,
		"/\t/evil.example", "\t//evil.example", "/\n/evil.example", "/\r/evil.example", "/\r\n/evil.example", "/\x00/evil.example", "/\x7f", "/\t\\evil.example",
		" //evil.example", " /x", "\u00a0//evil.example", "/%zz", "//user@evil.example", "//evil.example:80/",
	}
}
