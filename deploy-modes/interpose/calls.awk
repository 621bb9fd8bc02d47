# Generates the table of system calls from abi/syscalls.tbl and calls.tbl, in this order.

/^#/ || NF == 0 { next }

FNR == NR {
    number[$2] = $1
    next
}

{
    if (!($1 in number)) {
        print "calls.awk: " $1 " is not in syscalls.tbl" > "/dev/stderr"
        exit 1
    }
    who[$1] = toupper($2)
    special[$1] = $3
}

END {
    print "/* Generated from syscalls.tbl and calls.tbl. */"
    print "#include \"calls.h\"\n"
    for (name in special)
        if (special[name] != "" && !declared[special[name]]++)
            print "special special_" special[name] ";"
    print "\nconst struct call calls[NUMBERS] = {"
    for (name in number)
        printf "    [%d] = {\"%s\", BY_%s, %s},\n", number[name], name,
            name in who ? who[name] : "DELEGATE",
            special[name] == "" ? "0" : "special_" special[name]
    print "};"
}
