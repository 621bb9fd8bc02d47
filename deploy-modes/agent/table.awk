# Generates the agent's table from abi/syscalls.tbl and delegated.tbl, in this order. Fails where a
# call on the list has an argument that has not been described.

/^#/ || NF == 0 { next }

FNR == NR {
    number[$2] = $1
    for (i = 3; i <= NF; i++) kind[$2, i - 3] = $i
    count[$2] = NF - 2
    next
}

{
    if (!($1 in number)) fail($1 " is not in syscalls.tbl")
    if ($2 !~ /^(inline|file|open|blocks)$/) fail($1 ": " $2 " is no class")
    order[rows++] = $1
    class[$1] = $2
    special[$1] = NF > 2 ? $3 : ""
}

END {
    if (failed) exit 1
    print "/* Generated from syscalls.tbl and delegated.tbl. */"
    print "#include \"table.h\"\n"
    for (i = 0; i < rows; i++)
        if (special[order[i]] != "" && !declared[special[order[i]]]++)
            print "special " special[order[i]] ";"
    print "\nconst struct rule rules[NUMBERS] = {"
    for (i = 0; i < rows; i++) print_rule(order[i])
    for (name in number)
        if (!(name in class)) printf "    [%d] = {.name = \"%s\"},\n", number[name], name
    print "};"
}

function fail(what) {
    print "table.awk: " what > "/dev/stderr"
    failed = 1
    exit 1
}

function print_rule(name,    i) {
    printf "    [%d] = {\"%s\", CLASS_%s, {", number[name], name, toupper(class[name])
    for (i = 0; i < count[name]; i++)
        printf "%s%s", i ? ", " : "", parameter(name, kind[name, i])
    printf "}, %s},\n", special[name] == "" ? "0" : special[name]
}

function parameter(name, text,    word, parts, optional, size) {
    split(text, parts, ":")
    word = parts[1]
    optional = sub(/\?$/, "", word)
    if (word == "-") return "{KIND_VALUE, 0, NOBODY, 0}"
    if (word == "fd") return "{KIND_FD, 0, NOBODY, 0}"
    if (word == "fd-at") return "{KIND_FD_AT, 0, NOBODY, 0}"
    if (word == "path") return "{KIND_PATH, " optional ", NOBODY, 0}"
    if (word == "none") return "{KIND_NONE, 0, NOBODY, 0}"
    if (word == "out" && parts[2] == "" && special[name] != "") return "{KIND_VALUE, 0, NOBODY, 0}"
    if (word !~ /^(in|out|inout|iovec-in|iovec-out)$/ || parts[2] == "")
        fail(name ": argument " text " is not described")
    sub(/^inout$/, "out", word)
    gsub(/-/, "_", word)
    size = parts[2] ~ /^a/ ? substr(parts[2], 2, 1) : "NOBODY"
    return "{KIND_" toupper(word) ", " optional ", " size ", " factor(parts[2]) "}"
}

function factor(text) {
    if (text !~ /^a/) return text
    return text ~ /\*/ ? substr(text, index(text, "*") + 1) : 1
}
