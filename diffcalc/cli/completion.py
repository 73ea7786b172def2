"""`completion`: what a shell asks for after TAB, and the scripts that make it ask.

click finds out what is being typed. The scripts are our own: click's show errors in the prompt,
lose the name of an option before `=`, and complete no file behind `@`.
"""

import os
from contextlib import redirect_stderr, suppress
from io import StringIO

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)

from diffcalc.base.deadline import deadline
from diffcalc.base.errors import debugging
from diffcalc.cli.group import ASKED
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.words import Command

_END = "\0"
# Whoever has pressed TAB waits for so many seconds, and not for a formula to be worked out.
_PATIENCE = 2.0

# Bash breaks words at = too, and replaces what follows. What begins with @ is a host to it.
_BASH = """\
_diffcalc_completion() {
    local type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            plain) COMPREPLY+=("$value") ;;
            file)
                if [[ $value == @* ]]; then
                    while IFS= read -r value; do
                        [[ $value == *[!A-Za-z0-9_./-]* ]] && compopt -o filenames 2>/dev/null
                        [[ -d $value ]] && value+=/
                        [[ -n $value ]] && COMPREPLY+=("@$value")
                    done <<< "$(compgen -f -- "${value#@}")"
                else
                    compopt -o default 2>/dev/null
                fi ;;
        esac
    done <<< "$(env COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_CWORD= \\
        _DIFFCALC_COMPLETE=bash_complete "${1/#\\~\\//$HOME/}" 2>/dev/null)"
    [[ ${#COMPREPLY[@]} == 1 && $COMPREPLY == *[=/] ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o nosort -F _diffcalc_completion diffcalc 2>/dev/null ||
    complete -F _diffcalc_completion diffcalc
"""
_ZSH = """\
#compdef diffcalc
_diffcalc_completion() {
    local type value help
    local -a names described open
    for type value help in "${(@f)$(env COMP_WORDS="${words[1,CURRENT]}" COMP_CWORD= \\
            _DIFFCALC_COMPLETE=zsh_complete ${~words[1]} 2>/dev/null)}"; do
        case $type in
            file) compset -P '@' || compset -P '*='; _files ;;
            plain)
                if [[ $value == *= ]]; then open+=("$value")
                elif [[ $help == _ ]]; then names+=("$value")
                else described+=("$value:$help")
                fi ;;
        esac
    done
    [[ -n $described ]] && _describe -V unsorted described -U
    [[ -n $names ]] && compadd -U -V unsorted -a names
    [[ -n $open ]] && compadd -U -S '' -V unsorted -a open
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _diffcalc_completion "$@"
else
    compdef _diffcalc_completion diffcalc
fi
"""
_FISH = """\
function _diffcalc_completion
    set -l program (string replace -r '^~/' $HOME/ -- (commandline -opc)[1])
    set -l line (commandline -cp | string collect)
    for item in (env COMP_WORDS=$line COMP_CWORD= _DIFFCALC_COMPLETE=fish_complete \\
            $program 2>/dev/null)
        set -l parts (string split -m 1 , -- $item)
        switch $parts[1]
            case file
                set -l before (string match -r '^(?:@|.*=)' -- $parts[2])
                set -l path (string replace -r '^(?:@|.*=)' '' -- $parts[2])
                for path in (__fish_complete_path $path)
                    printf '%s\\n' "$before$path"
                end
            case plain
                printf '%s\\n' $parts[2]
        end
    end
end
complete --no-files --command diffcalc --arguments '(_diffcalc_completion)'
"""


class _Completion(ShellComplete):
    """What all shells have in common."""

    whole = True
    """Whether the shell replaces all of `--format=j`, not only what follows the equals sign."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the one it is in, at the end of the text.

        click's own scripts say instead which word it is in, or what it is so far.
        """
        if os.environ["COMP_CWORD"]:
            return super().get_completion_args()
        # Behind a quote that is still open the end, too, is the word's.
        *words, last = split_arg_string(os.environ["COMP_WORDS"] + _END)
        return words[1:], last.removesuffix(_END)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """What may stand where the cursor is."""
        assert isinstance(self.cli, click.Group)
        command = next((word for word in args if not word.startswith("-")), "help")
        if command not in self.cli.list_commands(click.Context(self.cli)):
            return []
        option, equals, value = incomplete.partition("=")
        if not (option.startswith("--") and equals):
            return super().get_completions(args, incomplete)
        found = super().get_completions([*args, option], value)
        for item in found:
            if self.whole:
                item.value = f"{option}={item.value}"
        return found


class _Bash(_Completion, BashComplete):
    source_template = _BASH
    whole = False


class _Zsh(_Completion, ZshComplete):
    source_template = _ZSH


class _Fish(_Completion, FishComplete):
    source_template = _FISH


_SHELLS: dict[str, type[_Completion]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


def answer(group: click.Group) -> None:
    """Writes what the shell asks for; whatever goes wrong, nothing else reaches the prompt."""
    if debugging():
        _answer(group)
        return
    with suppress(Exception), redirect_stderr(StringIO()), deadline(_PATIENCE):
        _answer(group)


def _answer(group: click.Group) -> None:
    shell, _, what = os.environ[ASKED].partition("_")
    found = _SHELLS[shell](group, {}, "diffcalc", ASKED)
    click.echo(found.complete() if what == "complete" else found.source_template)


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(list(_SHELLS)))
def completion(shell: str) -> ExitStatus:
    """Print the completion script of a shell.

    \b
    Put one of these lines into your shell's start-up file:
      eval "$(diffcalc completion bash)"       # ~/.bashrc
      eval "$(diffcalc completion zsh)"        # ~/.zshrc
      diffcalc completion fish | source        # ~/.config/fish/config.fish
    """
    click.echo(_SHELLS[shell].source_template, nl=False)
    return ExitStatus.OK
