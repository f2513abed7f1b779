// On a narrow page the tabs scroll sideways. The one that is open is in sight.
const open = document.querySelector(".tabbar [aria-current]");
const bar = open?.closest(".tabbar");
if (bar && bar.scrollWidth > bar.clientWidth) {
  bar.scrollLeft = open.offsetLeft - (bar.clientWidth - open.offsetWidth) / 2;
}
