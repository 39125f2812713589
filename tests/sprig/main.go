// Renders templates with Go's text/template, Sprig and the functions that debug templates have beside them.
//
// It reads lines of JSON, {"template": TEXT, "data": OBJECT}, and writes for each {"text": TEXT} or {"error": TEXT}.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"
)

type question struct {
	Template string         `json:"template"`
	Data     map[string]any `json:"data"`
}

type answer struct {
	Text  *string `json:"text,omitempty"`
	Error *string `json:"error,omitempty"`
}

func main() {
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		text, err := render(asked)
		told := answer{Text: &text}
		if err != nil {
			why := err.Error()
			told = answer{Error: &why}
		}
		if err := out.Encode(told); err != nil {
			panic(err)
		}
	}
}

func render(asked question) (string, error) {
	functions := sprig.TxtFuncMap()
	functions["required"] = required
	functions["indent"] = indent
	functions["nindent"] = func(spaces int, text string) string { return "\n" + indent(spaces, text) }
	functions["toYaml"] = func(value any) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	functions["fromYaml"] = func(text string) (map[string]any, error) {
		made := map[string]any{}
		return made, yaml.Unmarshal([]byte(text), &made)
	}
	functions["resourceQuantity"] = func(text string) (string, error) {
		read, err := resource.ParseQuantity(text)
		return read.String(), err
	}
	functions["parseQuantity"] = func(text string) (int64, error) {
		if text == "" {
			return 0, nil
		}
		read, err := resource.ParseQuantity(text)
		return read.Value(), err
	}
	functions["formatQuantity"] = func(number int64) string {
		return resource.NewQuantity(number, resource.BinarySI).String()
	}
	functions["truncName"] = cut
	functions["k8sName"] = name
	functions["yamlQuote"] = quoted
	functions["yamlSafe"] = safe
	parsed, err := template.New("asked").Funcs(functions).Parse(asked.Template)
	if err != nil {
		return "", err
	}
	var made bytes.Buffer
	err = parsed.Execute(&made, asked.Data)
	return made.String(), err
}

func required(message string, value any) (any, error) {
	if value == nil || value == "" {
		return nil, errors.New(message)
	}
	return value, nil
}

var begins = regexp.MustCompile(`(?m)^[^\n]`)

func indent(spaces int, text string) string {
	pad := strings.Repeat(" ", spaces)
	return begins.ReplaceAllStringFunc(text, func(first string) string { return pad + first })
}

func cut(length int, text string) string {
	if length <= 0 {
		length = 63
	}
	return text[:min(length, len(text))]
}

var (
	dashes  = regexp.MustCompile(`[-_ .]`)
	foreign = regexp.MustCompile(`[^a-z0-9-]`)
	many    = regexp.MustCompile(`-{2,}`)
)

func name(text string) string {
	made := foreign.ReplaceAllString(dashes.ReplaceAllString(strings.ToLower(text), "-"), "")
	made = many.ReplaceAllString(strings.Trim(made, "-"), "-")
	made = strings.TrimRight(made[:min(63, len(made))], "-")
	if made == "" {
		return "resource"
	}
	return made
}

var special = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|null|~|)$`)

func quoted(text string) string {
	if !strings.ContainsAny(text, ":#{}[]|>!&*?-'\"\\`@,\n\r\t ") && !special.MatchString(text) && !strings.HasPrefix(text, "...") {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text) + `"`
}

var (
	odd    = regexp.MustCompile("[:#{}\\[\\]|>!&*?'\"\\\\`@]")
	breaks = regexp.MustCompile(`[\n\r\t]`)
	blanks = regexp.MustCompile(` {2,}`)
)

func safe(text string) string {
	made := odd.ReplaceAllString(breaks.ReplaceAllString(text, " "), "-")
	return strings.TrimSpace(many.ReplaceAllString(blanks.ReplaceAllString(made, " "), "-"))
}
