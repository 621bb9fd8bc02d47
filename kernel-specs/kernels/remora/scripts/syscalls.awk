# Generates from syscalls.tbl and handled.tbl (in this order) what is made of them:
#   -v output=c      the dispatch table
#   -v output=h      the numbers
#   -v output=toml   the body of kernel.toml's [syscalls]
#   -v output=md     README.md's table
# Fails if the two lists do not have the same calls.

/^#/ || NF == 0 { next }

FNR == NR { number[$2] = $1; order[count++] = $2; next }

{
    if (!($1 in number)) fail($1 " is not in syscalls.tbl")
    if ($1 in verdict) fail($1 " is twice in handled.tbl")
    if ($2 !~ /^(local|delegated|unsupported)$/) fail($1 ": " $2 " is no verdict")
    verdict[$1] = $2
    how[$1] = $NF == "fixed" ? "FIXED" : $NF == "unlocked" ? "UNLOCKED" : "LOCKED"
    if (how[$1] != "LOCKED") NF--
    if (how[$1] != "LOCKED" && $2 != "local") fail($1 ": only a local call can be " tolower(how[$1]))
    handler[$1] = NF > 2 ? $3 : $2 == "local" ? "sys_" $1 : "NULL"
    if ($2 == "unsupported" && NF > 2) fail($1 ": nobody serves what is unsupported")
}

END {
    if (failed) exit 1
    for (i = 0; i < count; i++)
        if (!(order[i] in verdict)) fail(order[i] " is not in handled.tbl")
    if (failed) exit 1
    if (output == "c") print_c()
    else if (output == "h") print_h()
    else if (output == "md") print_md()
    else print_toml()
}

function fail(what) {
    print "syscalls.awk: " what > "/dev/stderr"
    failed = 1
    exit 1
}

function print_c(    i, name) {
    print "/* Generated from syscalls.tbl and handled.tbl. */"
    print "#include \"remora/syscall.h\"\n"
    for (i = 0; i < count; i++)
        if (handler[order[i]] != "NULL" && !declared[handler[order[i]]]++)
            print "syscall_handler " handler[order[i]] ";"
    print "\nconst struct syscall syscall_table[SYSCALL_NUMBERS] = {"
    for (i = 0; i < count; i++) {
        name = order[i]
        printf "    [%d] = {\"%s\", %s, %s, %s},\n", number[name], name, handler[name],
            verdict[name] == "delegated" ? "true" : "false", how[name]
    }
    print "};"
}

function print_h(    i) {
    print "/* Generated from syscalls.tbl. */\n#pragma once\n\nenum {"
    for (i = 0; i < count; i++)
        print "    NUMBER_" order[i] " = " number[order[i]] ","
    print "};"
}

function list(key, wanted,    i, line) {
    print key " = ["
    line = "   "
    for (i = 0; i < count; i++) {
        if (verdict[order[i]] != wanted) continue
        if (length(line) + length(order[i]) > 95) { print line; line = "   " }
        line = line " \"" order[i] "\","
    }
    if (line != "   ") print line
    print "]"
}

function print_toml() {
    list("handled", "local")
    list("delegated", "delegated")
}

function row(title, wanted, served,    i, n, calls) {
    for (i = 0; i < count; i++) {
        if (verdict[order[i]] != wanted) continue
        if (wanted == "delegated" && (handler[order[i]] != "NULL") != served) continue
        calls = calls " " order[i]
        n++
    }
    print "| " title " | " n " |" calls " |"
}

function print_md() {
    print "| | | |"
    print "|---|---|---|"
    row("local", "local")
    row("delegated; on the three streams in a sealed VM", "delegated", 1)
    row("delegated; `ENOSYS` in a sealed VM", "delegated", 0)
    row("unsupported: `ENOSYS`", "unsupported")
}
