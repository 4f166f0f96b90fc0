// Menus of the staff room close by Escape, and when something else is pressed; without this they open and close all the same.

const open = () => [...document.querySelectorAll("details.menu[open]")];

addEventListener("click", ({ target }) => open().forEach((menu) => menu.contains(target) || (menu.open = false)));

addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  open().forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});
