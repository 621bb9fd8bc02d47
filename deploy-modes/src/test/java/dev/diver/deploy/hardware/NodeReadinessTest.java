package dev.diver.deploy.hardware;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.Readiness;
import dev.diver.deploy.machine.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeReadinessTest {

  /** What the agent says of a stock Debian machine with four cores on two NUMA nodes. */
  private static final String STOCK =
      """
      {"version":1,"root":true,"release":"6.1.0-cloud-amd64","command_line":"iomem=relaxed",\
      "cores":[{"cpu":0,"online":true,"removable":false,"siblings":"0"},\
      {"cpu":1,"online":true,"removable":true,"siblings":"1"},\
      {"cpu":2,"online":true,"removable":true,"siblings":"2-3"},\
      {"cpu":3,"online":false,"removable":true,"siblings":"2-3"}],"isolated":"",\
      "nodes":[{"node":0,"free_bytes":1538904064,"contiguous_bytes":1535115264,\
      "pages":[{"bytes":2097152,"total":8,"free":2},{"bytes":1073741824,"total":0,"free":0}],\
      "cores":"0-3"}],"dev_mem":true,"strict_devmem":true,"apic_reached":true,"x2apic":false,\
      "msr":true,"apic_problem":"","trampoline":90112,"lockdown":""}\
      """;

  private static Readiness of(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return NodeReadiness.of(Json.object(bytes, 0, bytes.length).orElseThrow());
  }

  @Test
  void aStockDebianIsReady() {
    List<String> facts = assertInstanceOf(Readiness.Ready.class, of(STOCK)).facts();
    String all = String.join("\n", facts);
    assertTrue(all.contains("Linux 6.1.0-cloud-amd64, as root"), all);
    assertTrue(all.contains("cores that can be taken: 1,2 of 4"), all);
    assertTrue(all.contains("best taken together: 2-3"), all);
    assertTrue(all.contains("no_ipi_broadcast=1"), all);
    assertTrue(
        all.contains(
            "NUMA node 0 (cores 0-3): 1467M free, 1468M can be huge pages; reserved and free: 2 of"
                + " 8 pages of 2M"),
        all);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "root":true|"root":false|root|--host ssh://root@HOST
          "lockdown":""|"lockdown":"integrity"|lockdown|Secure Boot
          "dev_mem":true|"dev_mem":false|/dev/mem|CONFIG_DEVMEM=y
          "apic_reached":true|"apic_reached":false|iomem=relaxed|(the boot parameter iomem=relaxed)
          "trampoline":90112|"trampoline":0|a page below 1 MiB|reservelow=64K
          "removable":true|"removable":false|CPU hotplug|CONFIG_HOTPLUG_CPU=y
          "pages":[|"pages":[],"others":[|huge pages|CONFIG_HUGETLBFS=y
          "contiguous_bytes":1535115264|"contiguous_bytes":2097152|huge pages|compact_memory=1
          """)
  void whatIsMissingHasItsRemedy(String good, String bad, String name, String remedy) {
    assertTrue(STOCK.contains(good), good);
    Readiness.Missing missing =
        assertInstanceOf(Readiness.Missing.class, of(STOCK.replace(good, bad)));
    assertEquals(List.of(name), missing.things().stream().map(Readiness.Thing::name).toList());
    String command = missing.things().getFirst().command();
    assertTrue(command.contains(remedy), command);
  }

  @Test
  void whereX2apicNeedsTheDriverItIsNamed() {
    String json =
        STOCK
            .replace(
                "\"apic_reached\":true,\"x2apic\":false", "\"apic_reached\":false,\"x2apic\":true")
            .replace("\"msr\":true", "\"msr\":false");
    Readiness.Missing missing = assertInstanceOf(Readiness.Missing.class, of(json));
    assertTrue(missing.things().getFirst().command().startsWith("sudo modprobe msr"));
  }

  @Test
  void nonsenseIsNotReady() {
    assertInstanceOf(Readiness.Missing.class, NodeReadiness.of(Map.of()));
    assertInstanceOf(
        Readiness.Missing.class, of("{\"root\":true,\"cores\":7,\"nodes\":[null,[]]}"));
  }
}
