package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Table;
import dev.diver.kernels.remote.KernelSummary;
import dev.diver.kernels.remote.SearchFilter;
import dev.diver.kernels.remote.SearchPage;
import dev.diver.kernels.remote.SearchQuery;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code diver search}. */
final class Search implements Verb {

  private static final int PAGE_SIZE = 20;

  @Override
  public void describe(Page page) {
    page.description(
            """
            Searches the catalog. An exact name comes first, then kernels whose name, tags or text \
            match, the more used before the less; small typing errors are forgiven. Without words, \
            lists all kernels.\
            """)
        .arguments("WORD", "0..*", "what to look for")
        .repeated("--tag", "TAG", "only kernels with this tag")
        .repeated("--mode", "MODE", "only kernels that support this mode, such as full-vm")
        .repeated("--arch", "ARCH", "only kernels for this architecture, such as x86_64")
        .repeated("--boot", "PROTOCOL", "only kernels that boot by this protocol, such as pvh")
        .repeated(
            "--handles", "CALL[,CALL]", "only kernels that handle these system calls themselves")
        .repeated("--abi", "ABI", "only kernels that run such apps: linux, linux-source or none")
        .repeated("--language", "LANGUAGE", "only kernels for apps in this language, such as c")
        .repeated(
            "--hypervisor",
            "NAME",
            "only kernels that run on this hypervisor, such as qemu-microvm")
        .option("--sort", "ORDER", "relevance (default), name, updated or pulls")
        .option("--page", "N", "which page of results (default 1)")
        .option("--size", "N", "results on a page (default 20)")
        .catalog()
        .json()
        .example("Find a kernel for high-performance computing", "search hpc")
        .example(
            "List what runs in a full VM, most used first", "search --mode full-vm --sort pulls")
        .example(
            "Find what runs Linux executables and has threads of its own",
            "search --abi linux --handles clone,futex")
        .example("Names only, for a script", "search hpc --json | jq -r '.kernels[].name'");
  }

  @Override
  public int run(Given given, Shell shell) {
    SearchQuery query = query(given);
    SearchPage found = Kernels.of(given, shell).client().search(query);
    if (given.wantsJson()) {
      shell.printJson(tree(found));
      return 0;
    }
    shell.print(table(found.kernels()));
    long shown = (long) (found.page() - 1) * found.size() + found.kernels().size();
    if (found.total() == 0) {
      shell.say("No kernel matches. Try fewer words, or diver search for all kernels.");
    } else if (shown < found.total()) {
      shell.say(
          shown + " of " + found.total() + " kernels; see more with --page " + (found.page() + 1));
    }
    return 0;
  }

  private static SearchQuery query(Given given) {
    return new SearchQuery(
        String.join(" ", given.arguments()),
        filters(given),
        given.value("--sort").map(Search::sort).orElse(SearchQuery.Sort.RELEVANCE),
        positive(given, "--page", 1),
        positive(given, "--size", PAGE_SIZE));
  }

  private static Map<SearchFilter, List<String>> filters(Given given) {
    Map<SearchFilter, List<String>> filters = new EnumMap<>(SearchFilter.class);
    for (SearchFilter filter : SearchFilter.values()) {
      List<String> values = given.values("--" + filter.parameter());
      if (!values.isEmpty()) {
        filters.put(filter, values);
      }
    }
    return filters;
  }

  private static int positive(Given given, String option, int otherwise) {
    int number = given.number(option).orElse(otherwise);
    if (number < 1) {
      throw new UsageException(option + " cannot be " + number + ".", "Give 1 or more.");
    }
    return number;
  }

  private static SearchQuery.Sort sort(String typed) {
    return Arrays.stream(SearchQuery.Sort.values())
        .filter(sort -> sort.name().toLowerCase(Locale.ROOT).equals(typed))
        .findFirst()
        .orElseThrow(
            () ->
                new UsageException(
                    "Kernels cannot be sorted by \"" + typed + "\".",
                    "Use relevance, name, updated or pulls."));
  }

  private static Table table(List<KernelSummary> kernels) {
    Table table =
        new Table()
            .text("NAME")
            .text("VERSION")
            .text("BOOT")
            .prose("MODES")
            .number("PULLS")
            .prose("SUMMARY");
    for (KernelSummary kernel : kernels) {
      table.row(
          kernel.name(),
          kernel.version(),
          kernel.boot(),
          String.join(",", kernel.modes()),
          Long.toString(kernel.pulls()),
          kernel.summary());
    }
    return table;
  }

  private static Map<String, Object> tree(SearchPage found) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("total", found.total());
    tree.put("page", found.page());
    tree.put("size", found.size());
    tree.put("kernels", found.kernels().stream().map(Search::tree).toList());
    return tree;
  }

  /** A kernel of a catalog as commands show it to programs. */
  static Map<String, Object> tree(KernelSummary kernel) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", kernel.name());
    tree.put("version", kernel.version());
    tree.put("latest", kernel.latest());
    tree.put("summary", kernel.summary());
    tree.put("tags", kernel.tags());
    tree.put("modes", kernel.modes());
    tree.put("arch", kernel.arch());
    tree.put("boot", kernel.boot());
    tree.put("abi", kernel.abi());
    tree.put("languages", kernel.languages());
    tree.put("hypervisors", kernel.hypervisors());
    tree.put("license", kernel.license());
    tree.put("pulls", kernel.pulls());
    tree.put("updated", kernel.updated());
    tree.put("size", kernel.size());
    tree.put("versions", kernel.versions());
    return tree;
  }
}
