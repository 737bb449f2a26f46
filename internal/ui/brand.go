package ui

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/palette"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

const (
	// brandFile is the style sheet with the colors of Options.Color.
	brandFile = "brand.css"
	// maxLogoSize is the number of bytes that Options.Logo can have.
	maxLogoSize = 256 << 10
)

// logoTypes are the extensions of the images that a logo can be, by media type.
var logoTypes = map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/svg+xml": ".svg"}

// brand adds the assets that Options.Color and Options.Logo need. Errors name the field.
func (u *UI) brand() error {
	var err error
	u.light, u.dark = palette.Default()
	if u.Color != "" || u.ColorDark != "" {
		if u.Color == "" {
			err = settings.Faultf("BrandColorDark", ": the color of light pages must be set, too")
		} else if u.light, u.dark, err = palette.Both(u.Color, u.ColorDark); err != nil {
			err = settings.Faultf("BrandColor", ": %v", err)
		} else {
			u.add(brandFile, asset{contentType: "text/css; charset=utf-8", body: brandStyles(":root", u.light, u.dark)})
			if !u.assets[markFile].ofHost {
				u.add(markFile, asset{contentType: "image/svg+xml", body: u.coloredMark()})
			}
		}
	}
	return errors.Join(err, u.addLogo())
}

// colorFile returns the name of the style sheet for an application with a color.
func colorFile(color string) string { return "color-" + strings.TrimPrefix(color, "#") + ".css" }

// colorFiles matches the names that colorFile returns.
var colorFiles = regexp.MustCompile(`^color-([0-9a-fA-F]{6})\.css$`)

// colorStyles returns the style sheet with a name that colorFile returned. It changes the
// content of a page, and the tint of the background. The header with the name of this
// server and the footer keep their colors.
func colorStyles(name string) (asset, bool) {
	parts := colorFiles.FindStringSubmatch(name)
	if parts == nil {
		return asset{}, false
	}
	light, dark, err := palette.Both("#"+parts[1], "")
	if err != nil {
		return asset{}, false
	}
	styles := fmt.Appendf(brandStyles("main", light, dark), "main{accent-color:var(--brand)}\n:root{--tint:light-dark(%s,%s)}\n", light.Brand, dark.Brand)
	return asset{contentType: "text/css; charset=utf-8", body: styles}, true
}

// brandStyles returns a style sheet with the colors of an element. It is in no layer, as
// the theme of a host is, and is loaded before it.
func brandStyles(selector string, light, dark palette.Palette) []byte {
	var pairs, old strings.Builder
	for _, v := range []struct {
		name        string
		light, dark palette.Color
	}{
		{"brand", light.Brand, dark.Brand},
		{"brand-hover", light.Hover, dark.Hover},
		{"on-brand", light.OnBrand, dark.OnBrand},
		{"brand-soft", light.Soft, dark.Soft},
		{"brand-ink", light.Ink, dark.Ink},
	} {
		fmt.Fprintf(&pairs, "--%s:light-dark(%s,%s);", v.name, v.light, v.dark)
		fmt.Fprintf(&old, "--%s:%s;", v.name, v.light)
	}
	return fmt.Appendf(nil, "%[1]s{%[2]s}\n@supports not (color:light-dark(red,red)){%[1]s{%[3]s}}\n", selector, &pairs, &old)
}

// coloredMark returns the built-in logo in the colors of light pages.
func (u *UI) coloredMark() []byte {
	standard, _ := palette.Default()
	colored := strings.ReplaceAll(string(u.assets[markFile].body), standard.Brand.String(), u.light.Brand.String())
	return []byte(strings.ReplaceAll(colored, `stroke="#fff"`, `stroke="`+u.light.OnBrand.String()+`"`))
}

// addLogo adds the image of Options.Logo.
func (u *UI) addLogo() error {
	if len(u.Logo) == 0 {
		return nil
	}
	mediaType := imageType(u.Logo)
	extension, known := logoTypes[mediaType]
	if !known {
		return settings.Faultf("BrandLogo", ": the file is not a PNG, JPEG, GIF, WebP or SVG image")
	}
	if len(u.Logo) > maxLogoSize {
		return settings.Faultf("BrandLogo", ": the image has %d bytes; use one with at most %d", len(u.Logo), maxLogoSize)
	}
	u.logo = "brand-logo" + extension
	u.add(u.logo, asset{contentType: mediaType, body: u.Logo})
	return nil
}

// imageType returns the media type of an image.
func imageType(image []byte) string {
	mediaType := http.DetectContentType(image)
	if (strings.HasPrefix(mediaType, "text/") || mediaType == "application/octet-stream") && bytes.Contains(image[:min(len(image), 1024)], []byte("<svg")) {
		return "image/svg+xml"
	}
	return mediaType
}

// logoFile returns the name of the asset with the logo of the host, or "".
func (u *UI) logoFile() string {
	if u.logo == "" && u.assets[markFile].ofHost {
		return markFile
	}
	return u.logo
}

// Palettes returns the colors of light and dark pages.
func (u *UI) Palettes() (light, dark palette.Palette) { return u.light, u.dark }

// MailLogo returns the logo for emails and its media type. A mail program does not show
// SVG or WebP images: if the host has such a logo, MailLogo returns nil.
func (u *UI) MailLogo() (image []byte, mediaType string) {
	u.mu.RLock()
	name := u.logoFile()
	file := u.assets[name]
	u.mu.RUnlock()
	switch path.Ext(name) {
	case "":
		return u.mark(), "image/png"
	case ".png", ".jpg", ".gif":
		return file.body, file.contentType
	}
	return nil, ""
}
