"""The options of a command under headings, in one order in every command."""

import click

# Each option once; a command lists those that it has.
GROUPS = {
    "What": (
        "--at", "--from", "--data", "--points", "--answers", "--python", "--let", "--of", "--wrt",
        "--order", "--gradient", "--from-definition", "--replace",
    ),
    "How": (
        "--digits", "--kind", "--start", "--factor", "--rate", "--momentum", "--adam",
        "--tolerance", "--cluster", "--rules", "--level", "--seed", "--count", "--to",
        "--derivatives", "--name",
    ),
    "Output": (
        "--format", "--output", "--plot", "--sequences", "--richardson", "--detail", "--layout",
        "--retain", "--show", "--certificate", "--keep", "--methods", "--all", "--strict",
    ),
    "Tables": ("--encoding", "--delimiter", "--decimal"),
    "Time and help": ("--timeout", "--run-timeout", "--help"),
}  # fmt: skip


def write_options(
    command: click.Command, ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    """Writes the options that the command has, heading by heading."""
    shown = {spelled_out(p): p.get_help_record(ctx) for p in command.get_params(ctx)}
    for heading, names in GROUPS.items():
        rows = [record for name in names if (record := shown.get(name)) is not None]
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)


def spelled_out(parameter: click.Parameter) -> str:
    """The name of an option that is no single letter."""
    return max(parameter.opts, key=len)
