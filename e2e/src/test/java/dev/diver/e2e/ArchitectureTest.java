package dev.diver.e2e;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The arrows of docs/architecture.md: who may know whom. */
class ArchitectureTest {

  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.diver");

  private static final List<String> MODULES =
      List.of(
          "dev.diver.kernels..",
          "dev.diver.deploy..",
          "dev.diver.templates..",
          "dev.diver.catalog..",
          "dev.diver.cli..");

  @ParameterizedTest
  @ValueSource(strings = {"kernels", "deploy", "templates", "catalog", "cli"})
  void everyModuleWasScanned(String module) {
    long classes =
        HOUSE.stream().filter(c -> c.getPackageName().startsWith("dev.diver." + module)).count();
    assertTrue(classes >= 3, module + " has " + classes + " classes on the class path");
  }

  @Test
  void kernelSpecsKnowNobody() {
    onlyKnows("dev.diver.kernels..", List.of());
  }

  @Test
  void modesTemplatesAndCatalogKnowOnlyKernelSpecs() {
    for (String module :
        List.of("dev.diver.deploy..", "dev.diver.templates..", "dev.diver.catalog..")) {
      onlyKnows(module, List.of("dev.diver.kernels.."));
    }
  }

  private static void onlyKnows(String module, List<String> known) {
    String[] others =
        MODULES.stream()
            .filter(m -> !m.equals(module) && !known.contains(m))
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(module)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .check(HOUSE);
  }

  @Test
  void onlyTheCommandThatServesACatalogKnowsTheServer() {
    classes()
        .that()
        .resideInAPackage("dev.diver.cli..")
        .and()
        .haveSimpleNameNotStartingWith("CatalogServe")
        .should()
        .onlyDependOnClassesThat()
        .resideOutsideOfPackage("dev.diver.catalog..")
        .check(HOUSE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernels", "deploy", "catalog", "cli"})
  void roomsOfAModuleFormNoCycle(String module) {
    slices()
        .matching("dev.diver." + module + ".(*)..")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(false)
        .check(HOUSE);
  }

  @Test
  void aModeKnowsNoOtherMode() {
    slices()
        .matching("dev.diver.deploy.(fullvm|partitionedvm|hardware|emulated)..")
        .should()
        .notDependOnEachOther()
        .check(HOUSE);
  }

  /** The speedup model is a library of its own, without machines and without commands. */
  @Test
  void theModelKnowsTracesAlone() {
    noClasses()
        .that()
        .resideInAPackage("dev.diver.deploy.speedup..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.diver..")
                .and(
                    resideOutsideOfPackages(
                        "dev.diver.deploy.speedup..",
                        "dev.diver.deploy.trace..",
                        "dev.diver.kernels.failure..")))
        .check(HOUSE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "picocli..|dev.diver.cli..",
        "io.javalin..|dev.diver.catalog..",
        "org.eclipse.jetty..|dev.diver.catalog..",
        "java.sql..|dev.diver.catalog..",
        "okhttp3..|dev.diver.kernels.remote..",
        "org.jfree..|dev.diver.deploy.chart..",
        "org.apache.batik..|dev.diver.deploy.chart..",
        "org.apache.commons.compress..|dev.diver.kernels.pack..,dev.diver.kernels.image..,dev.diver.deploy..",
        "org.tukaani.xz..|dev.diver.kernels.image..",
      })
  void aLibraryStaysInItsRoom(String rule) {
    String library = rule.substring(0, rule.indexOf('|'));
    String[] rooms = rule.substring(rule.indexOf('|') + 1).split(",", -1);
    noClasses()
        .that()
        .resideOutsideOfPackages(rooms)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(HOUSE);
  }

  /** What is measured to hold the model to it stands above the model and the modes. */
  @Test
  void nothingBelowTheCommandLineKnowsTheValidation() {
    noClasses()
        .that()
        .resideInAPackage("dev.diver.deploy..")
        .and()
        .resideOutsideOfPackage("dev.diver.deploy.validation..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.diver.deploy.validation..")
        .check(HOUSE);
  }

  @Test
  void onlyTheOutputRoomTouchesTheStandardStreams() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.diver.cli.output..")
        .should(ACCESS_STANDARD_STREAMS)
        .check(HOUSE);
  }

  @Test
  void nobodyBelowTheCommandLineEndsTheProcess() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.diver.cli..")
        .should()
        .callMethod(System.class, "exit", int.class)
        .check(HOUSE);
  }
}
