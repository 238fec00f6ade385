package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"mohur/docket"
	"mohur/internal/oauth"
)

const adminCSCHelp = `usage: mohur admin csc-pin CLIENT PROFILE --config FILE

Sets the secret that a program gives as PIN with credentials/authorize of the CSC API before the profile's key signs for it. It is asked for twice and not
shown; where the input is no terminal, its first line is taken. It has 6 to 128 characters, is stored as an Argon2id hash, and is the interface's
own: it never reaches a token, and is not the token's PIN. From the third wrong one in a row attempts are blocked, for half a minute at first.

  CLIENT          the program, [clients.NAME] of the configuration
  PROFILE         the seal profile
  --config FILE   the service's configuration, the same as of 'mohur serve'

Exit status: 0 done, 2 could not run; nothing was changed then.

Example:
  $ mohur admin csc-pin erp kadr-meseleleri --config /etc/mohur/mohur.toml
  New PIN of erp for kadr-meseleleri:
  Once more:
`

func runAdminCSC(args []string, std streams) int {
	fs := flag.NewFlagSet("mohur admin csc-pin", flag.ContinueOnError)
	path := fs.String("config", "", "")
	words, err := parseAnywhere(fs, args)
	if err != nil || len(words) != 2 {
		return complain(std, "admin", errors.New("the arguments are not understood; 'mohur admin csc-pin --help' explains them"))
	}
	if *path == "" {
		return complain(std, "admin", errors.New("which office? name its configuration with --config"))
	}
	err = withOffice(context.Background(), *path, "", std, func(ctx context.Context, o *office) error {
		return setCSCPIN(ctx, o, words[0], words[1], std)
	})
	if err != nil {
		return complain(std, "admin", inWords(err))
	}
	return exitPassed
}

// setCSCPIN asks for the PIN when it is known that somebody can use it.
func setCSCPIN(ctx context.Context, o *office, client, profile string, std streams) error {
	if _, known := o.oauth.Client(client); !known {
		return fmt.Errorf(`the configuration has no program %q with keys of its own: [clients.%s] with "jwks" or "certificate"`, client, client)
	}
	p, err := o.sealing.Profile(ctx, profile)
	if err != nil {
		return err
	}
	if !p.Admits(client) {
		return fmt.Errorf("the profile %s does not name %s among the programs that may ask for it", profile, client)
	}
	pin, err := askNewPIN(client, profile, std)
	if err != nil {
		return err
	}
	err = o.oauth.SetPIN(ctx, client, profile, pin)
	if errors.Is(err, oauth.ErrPINLength) {
		return errors.New("a PIN has 6 to 128 characters")
	}
	if errors.Is(err, docket.ErrNotFound) {
		return fmt.Errorf("there is no program %q", client)
	}
	return err
}

// askNewPIN reads a PIN twice from the terminal, or one line of what is piped in.
func askNewPIN(client, profile string, std streams) (string, error) {
	f, ok := std.In.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(std.In, 1024)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	var twice [2]string
	for i, text := range []string{fmt.Sprintf("New PIN of %s for %s: ", client, profile), "Once more: "} {
		fmt.Fprint(std.Err, text)
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(std.Err)
		if err != nil {
			return "", err
		}
		twice[i] = string(b)
	}
	if twice[0] != twice[1] {
		return "", errors.New("the two are not the same; nothing was changed")
	}
	return twice[0], nil
}
